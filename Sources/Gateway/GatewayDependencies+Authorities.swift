import Configuration
import Cryptography

/// The authorities for servers that the gateway itself calls. The machine's authorities are parsed once per process,
/// and only if something is called over https.
extension GatewayDependencies {
    static func authorities(toWeChat weChat: WeChatConfiguration) throws -> AuthorityStore? {
        if let file = weChat.authorities { return try AuthorityStore(CertificateList(pem: file.bytes)) }
        return try systemAuthorities(
            for: weChat.baseURLs,
            orFail: "wechat.baseURL: \(GatewayStartFailure.noSystemAuthorities) \"wechat.ca\""
        )
    }

    static func authorities(toIssuers issuers: [IssuerConfiguration]) throws -> AuthorityStore? {
        try systemAuthorities(
            for: issuers.compactMap(\.jwksURL),
            orFail: "tokens.issuers: \(GatewayStartFailure.noSystemAuthorities) SSL_CERT_FILE to a PEM file"
        )
    }

    static func authorities(toResolver configuration: GatewayConfiguration) throws -> AuthorityStore? {
        let service = configuration.users.resolve.flatMap { configuration.services[$0.service] }
        return try systemAuthorities(
            for: service?.callableURLs ?? [],
            orFail: "users.resolve: \(GatewayStartFailure.noSystemAuthorities) SSL_CERT_FILE to a PEM file"
        )
    }

    private static func systemAuthorities(
        for urls: [String],
        orFail reason: @autoclosure () -> String
    ) throws -> AuthorityStore? {
        guard urls.contains(where: { $0.lowercased().hasPrefix("https://") }) else { return nil }
        guard let store = AuthorityStore.system else { throw GatewayStartFailure(calls: reason()) }
        return store
    }
}
