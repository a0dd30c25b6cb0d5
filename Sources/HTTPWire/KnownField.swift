/// The field names that framing, policy or the gateway care for. All others are `.unknown` and pass.
package enum KnownField: UInt8, Sendable, CaseIterable {
    case unknown = 0
    // Framing and the connection (RFC 9110 section 7.6.1, RFC 9112)
    case host, contentLength, transferEncoding
    case connection, keepAlive, proxyConnection, te, trailer, upgrade, http2Settings
    case proxyAuthenticate, proxyAuthorization, proxyAuthenticationInfo
    case expect, maxForwards
    // Credentials
    case authorization, cookie, token, clientKey
    // Identity that only the gateway may state (contract, section 6)
    case xUserID, xUserPhone, xWxAppID, xWxOpenID, xWxUnionID, xWxSource, xWxCode, wechatFamily
    case xAuthToken, xAuthExpiresIn, authFamily, xIdentityToken
    case forwarded, xRealIP, xOriginalURL, xRewriteURL, proxy, xHTTPMethodOverride
    /// One for all names of `FieldTable.aliases`.
    case proxyClaim
    // What a trusted peer may state about the path of the request
    case xForwardedFor, xForwardedProto, xForwardedHost, forwardedFamily, via
    case xRequestID, traceparent, tracestate, baggage
    // Requests
    case accept, acceptEncoding, range, ifRange, ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince
    case origin, referer, userAgent, accessControlRequestMethod, accessControlRequestHeaders
    // Responses
    case contentType, contentEncoding, contentRange, contentMD5, contentDigest, contentFamily
    case etag, lastModified, digest, reprDigest, acceptRanges
    case cacheControl, expires, pragma, age, surrogateControl, edgeControl, xAccelExpires
    case cachingFamily, wechatCachingFamily, forwardedCachingFamily
    case wwwAuthenticate, allow, date, location, retryAfter, server, setCookie, vary, altSvc
}

/// The properties of a name for the header policy, in the rows of `FieldTable`.
package struct FieldTraits: OptionSet, Sendable {
    /// The bits of the traits.
    package let rawValue: UInt16

    /// Creates a set from its bits.
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// About this connection only; never forwarded in either direction (RFC 9110 section 7.6.1).
    package static let hopByHop = FieldTraits(rawValue: 1 << 0)
    /// Frames or routes the message; written anew for the other side.
    package static let framing = FieldTraits(rawValue: 1 << 1)
    /// Only the gateway may state it to a service; always removed from a client's request.
    package static let gatewayOnly = FieldTraits(rawValue: 1 << 2)
    /// Trusted from a trusted peer, removed from all other requests.
    package static let trustedOnly = FieldTraits(rawValue: 1 << 3)
    /// Authenticates the client; not forwarded unless a route says so.
    package static let credential = FieldTraits(rawValue: 1 << 4)
    /// Changes the meaning of the method; removed unless a route honours it.
    package static let methodOverride = FieldTraits(rawValue: 1 << 5)
    /// About the body; void once the gateway replaces the body (contract, section 3).
    package static let body = FieldTraits(rawValue: 1 << 6)
    /// Only the gateway may state it to a client; removed from a service's response.
    package static let notFromServices = FieldTraits(rawValue: 1 << 7)
    /// Must not be named in `Connection`: dropping the field would change the message (contract, section 6).
    package static let protected = FieldTraits(rawValue: 1 << 8)
    /// Controls caches in general or of one kind (RFC 9111; RFC 9213; Surrogate-Control and the like). Dropped wherever
    /// the gateway's own caching rule applies (contract, section 3).
    package static let caching = FieldTraits(rawValue: 1 << 9)
}

/// One listed name.
struct FieldRow: Sendable {
    let field: KnownField
    /// In normal form: lower case, `-` for all that is neither letter nor digit.
    let name: StaticString
    let traits: FieldTraits

    init(_ field: KnownField, _ name: StaticString, _ traits: FieldTraits = []) {
        self.field = field
        self.name = name
        self.traits = traits
    }
}

/// The header policy as data.
enum FieldTable {
    /// Names that are matched whole.
    static let names: [FieldRow] = [
        FieldRow(.host, "host", [.framing, .protected]),
        FieldRow(.contentLength, "content-length", [.framing, .protected, .body]),
        FieldRow(.transferEncoding, "transfer-encoding", [.framing, .protected, .hopByHop]),
        FieldRow(.connection, "connection", .hopByHop),
        FieldRow(.keepAlive, "keep-alive", .hopByHop),
        FieldRow(.proxyConnection, "proxy-connection", .hopByHop),
        // Trailers are dropped on both ways, so neither their announcement nor the wish for them may pass.
        FieldRow(.te, "te", .hopByHop),
        FieldRow(.trailer, "trailer", .hopByHop),
        FieldRow(.upgrade, "upgrade", .hopByHop),
        FieldRow(.http2Settings, "http2-settings", .hopByHop),
        FieldRow(.proxyAuthenticate, "proxy-authenticate", .hopByHop),
        // Meant for a proxy the client knows of, hence never for a service (RFC 9110 section 11.7.2).
        FieldRow(.proxyAuthorization, "proxy-authorization", .hopByHop),
        FieldRow(.proxyAuthenticationInfo, "proxy-authentication-info", .hopByHop),
        // Handled by the gateway and not forwarded.
        FieldRow(.expect, "expect", .hopByHop),
        FieldRow(.maxForwards, "max-forwards"),

        FieldRow(.authorization, "authorization", [.protected, .credential]),
        FieldRow(.cookie, "cookie"),

        FieldRow(.xUserID, "x-user-id", .gatewayOnly),
        FieldRow(.xUserPhone, "x-user-phone", .gatewayOnly),
        FieldRow(.xWxAppID, "x-wx-appid", .gatewayOnly),
        FieldRow(.xWxOpenID, "x-wx-openid", .gatewayOnly),
        FieldRow(.xWxUnionID, "x-wx-unionid", .gatewayOnly),
        FieldRow(.xWxSource, "x-wx-source", .gatewayOnly),
        FieldRow(.xWxCode, "x-wx-code", .gatewayOnly),
        FieldRow(.xAuthToken, "x-auth-token", [.gatewayOnly, .notFromServices]),
        FieldRow(.xAuthExpiresIn, "x-auth-expires-in", [.gatewayOnly, .notFromServices]),
        FieldRow(.xIdentityToken, "x-identity-token", .gatewayOnly),
        FieldRow(.forwarded, "forwarded", .gatewayOnly),
        FieldRow(.xRealIP, "x-real-ip", .gatewayOnly),
        FieldRow(.xOriginalURL, "x-original-url", .gatewayOnly),
        FieldRow(.xRewriteURL, "x-rewrite-url", .gatewayOnly),
        FieldRow(.proxy, "proxy", .gatewayOnly),
        FieldRow(.xHTTPMethodOverride, "x-http-method-override", .methodOverride),

        FieldRow(.xForwardedFor, "x-forwarded-for", .trustedOnly),
        FieldRow(.xForwardedProto, "x-forwarded-proto", .trustedOnly),
        FieldRow(.xForwardedHost, "x-forwarded-host", .trustedOnly),
        FieldRow(.via, "via", .trustedOnly),
        FieldRow(.xRequestID, "x-request-id", .trustedOnly),
        FieldRow(.traceparent, "traceparent", .trustedOnly),
        FieldRow(.tracestate, "tracestate", .trustedOnly),
        FieldRow(.baggage, "baggage", .trustedOnly),

        FieldRow(.accept, "accept"),
        FieldRow(.acceptEncoding, "accept-encoding"),
        FieldRow(.range, "range"),
        FieldRow(.ifRange, "if-range"),
        FieldRow(.ifMatch, "if-match"),
        FieldRow(.ifNoneMatch, "if-none-match"),
        FieldRow(.ifModifiedSince, "if-modified-since"),
        FieldRow(.ifUnmodifiedSince, "if-unmodified-since"),
        FieldRow(.origin, "origin"),
        FieldRow(.referer, "referer"),
        FieldRow(.userAgent, "user-agent"),
        FieldRow(.accessControlRequestMethod, "access-control-request-method"),
        FieldRow(.accessControlRequestHeaders, "access-control-request-headers"),

        FieldRow(.contentType, "content-type", .body),
        FieldRow(.contentEncoding, "content-encoding", .body),
        FieldRow(.contentRange, "content-range", .body),
        FieldRow(.contentMD5, "content-md5", .body),
        FieldRow(.contentDigest, "content-digest", .body),
        FieldRow(.etag, "etag", .body),
        FieldRow(.lastModified, "last-modified", .body),
        FieldRow(.digest, "digest", .body),
        FieldRow(.reprDigest, "repr-digest", .body),
        FieldRow(.acceptRanges, "accept-ranges", .body),
        FieldRow(.cacheControl, "cache-control", .caching),
        FieldRow(.expires, "expires", .caching),
        FieldRow(.pragma, "pragma", .caching),
        FieldRow(.age, "age", .caching),
        FieldRow(.surrogateControl, "surrogate-control", .caching),
        // Akamai's, which counts before `cache-control` there.
        FieldRow(.edgeControl, "edge-control", .caching),
        // nginx's, which counts before `cache-control` and `expires` there.
        FieldRow(.xAccelExpires, "x-accel-expires", .caching),
        FieldRow(.wwwAuthenticate, "www-authenticate"),
        FieldRow(.allow, "allow"),
        FieldRow(.date, "date"),
        FieldRow(.location, "location"),
        FieldRow(.retryAfter, "retry-after"),
        FieldRow(.server, "server"),
        FieldRow(.setCookie, "set-cookie"),
        FieldRow(.vary, "vary"),
        FieldRow(.altSvc, "alt-svc"),
    ]

    /// What frameworks take for the word of a proxy in front of them, and read in place of the request: the client's address,
    /// the method, scheme, host and path, the user. docs/services.md names the frameworks. They have one field in common,
    /// since no rule tells them apart.
    static let aliases: [StaticString] = [
        // The client's address.
        "ali-cdn-real-ip", "cdn-src-ip", "cf-connecting-ip", "cf-connecting-ipv6", "cf-pseudo-ipv4", "client-ip",
        "fastly-client-ip", "fly-client-ip", "forwarded-for", "http-client-ip", "http-forwarded", "http-forwarded-for",
        "http-x-cluster-client-ip", "http-x-forwarded", "http-x-forwarded-for", "proxy-client-ip", "remote-addr",
        "true-client-ip", "wl-proxy-client-ip", "x-appengine-remote-addr", "x-appengine-user-ip", "x-azure-clientip",
        "x-azure-socketip", "x-client-ip", "x-cluster-client-ip", "x-envoy-external-address", "x-forwarded",
        "x-original-for", "x-original-forwarded-for", "x-originating-ip", "x-remote-addr", "x-remote-ip",
        // The method.
        "x-http-method", "x-method-override", "x-original-method",
        // Scheme, host and path.
        "front-end-https", "wl-proxy-ssl", "x-arr-ssl", "x-host", "x-http-host-override", "x-original-host",
        "x-original-prefix", "x-original-proto", "x-original-uri", "x-scheme", "x-script-name", "x-url-scheme",
        // The user, or the certificate that stands for one.
        "client-cert", "client-cert-chain", "ms-aspnetcore-clientcert", "ms-aspnetcore-token",
        "ms-aspnetcore-winauthtoken", "remote-user", "wl-proxy-client-cert", "x-arr-clientcert", "x-client-cert",
        "x-ms-client-principal", "x-ms-client-principal-id", "x-ms-client-principal-name", "x-remote-user",
        "x-webauth-user",
        // Where the server in front would find a file (CVE-2025-61780).
        "x-accel-mapping", "x-sendfile-type",
    ]

    /// Prefixes, and the suffix `-cache-control` of targeted fields (RFC 9213), for names that are not listed. A name
    /// may have both.
    static let families: [FieldRow] = [
        FieldRow(.wechatFamily, "x-wx-", .gatewayOnly),
        FieldRow(.authFamily, "x-auth-", [.gatewayOnly, .notFromServices]),
        FieldRow(.forwardedFamily, "x-forwarded-", .trustedOnly),
        FieldRow(.contentFamily, "content-", .body),
        FieldRow(.cachingFamily, "-cache-control", .caching),
        FieldRow(.wechatCachingFamily, "x-wx-…-cache-control", [.gatewayOnly, .caching]),
        FieldRow(.forwardedCachingFamily, "x-forwarded-…-cache-control", [.trustedOnly, .caching]),
    ]

    /// Fields that have no single name: `FieldNames` has the names, which the configuration chooses, or `aliases` lists.
    static let unnamed: [FieldRow] = [
        FieldRow(.proxyClaim, "", .gatewayOnly),
        FieldRow(.token, "", .credential),
        FieldRow(.clientKey, "", .gatewayOnly),
    ]
}
