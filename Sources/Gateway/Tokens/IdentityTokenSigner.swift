import Cryptography
import JSON

/// Makes the values of `x-identity-token`: per user and service, a JWT with a lifetime of 60 s, signed with ES256,
/// which proves to the service that the gateway sent the request. It belongs to one worker.
///
/// A token is reused for the same user and service while it has 20 s left, so a signature is needed every 40 s and not
/// for every request. A service may see one `jti` several times.
package struct IdentityTokenSigner {
    /// The `typ` of these tokens. The gateway rejects this type from clients, so a token leaked by a service is useless
    /// there.
    package static let type = "menshen-identity+jwt"
    /// Seconds from `iat` to `exp`.
    package static let lifetime: Int64 = 60
    /// A token with fewer seconds left is replaced.
    package static let renewal: Int64 = 20
    /// Tokens that a worker remembers.
    package static let defaultCacheCapacity = 4096

    private struct Key: Hashable {
        let userID: [UInt8]
        let appID: [UInt8]?
        let openid: [UInt8]?
        let service: Int
    }

    private struct Entry {
        let token: [UInt8]
        let issuedAt: Int64
    }

    private let signer: CompactSigner
    private let issuer: String
    private let services: [String]
    private let halfCapacity: Int
    // The two halves of the cache: when the younger one is full, the older one is dropped. A lookup in the older one
    // moves its entry, so entries in use stay.
    private var younger: [Key: Entry] = [:]
    private var older: [Key: Entry] = [:]

    /// - Parameters:
    ///   - issuer: the `iss`.
    ///   - services: the names of the services; elsewhere a service is its place in here.
    package init?(key: IdentityKey, issuer: String, services: [String], cacheCapacity: Int = defaultCacheCapacity) {
        let tokenKey = TokenKey(id: key.id, privateKey: key.privateKey)
        guard let signer = CompactSigner(key: tokenKey, type: Self.type) else { return nil }
        self.signer = signer
        self.issuer = issuer
        self.services = services
        halfCapacity = max(cacheCapacity / 2, 1)
    }

    /// How many tokens are remembered.
    var count: Int { younger.count + older.count }

    /// The value of the field for a request of this user to this service, at `now` in unix seconds.
    ///
    /// Nil if there is no such service or OpenSSL failed: the request must not be sent without the token.
    package mutating func field(for identity: Identity, service: Int, now: Int64) -> [UInt8]? {
        let key = Key(userID: identity.userID, appID: identity.appID, openid: identity.openid, service: service)
        if let entry = younger[key], Self.isFresh(entry, now) { return entry.token }
        if let entry = older.removeValue(forKey: key), Self.isFresh(entry, now) {
            remember(entry, as: key)
            return entry.token
        }
        guard services.indices.contains(service), let payload = payload(identity, services[service], now),
            let token = try? signer.sign(payload)
        else { return nil }
        remember(Entry(token: token, issuedAt: now), as: key)
        return token
    }

    private static func isFresh(_ entry: Entry, _ now: Int64) -> Bool {
        now >= entry.issuedAt && entry.issuedAt + lifetime - now >= renewal
    }

    private mutating func remember(_ entry: Entry, as key: Key) {
        if younger.count >= halfCapacity, younger[key] == nil {
            older = younger
            younger = [:]
        }
        younger[key] = entry
    }

    private func payload(_ identity: Identity, _ service: String, _ now: Int64) -> [UInt8]? {
        guard let tokenID = try? CompactSigner.tokenID() else { return nil }
        var writer = JSONWriter(reserving: 384)
        writer.beginObject()
        let userID = identity.userID
        writer.member("iss", issuer)
        writer.name("sub")
        writer.string(userID.span)
        writer.member("aud", service)
        if let appID = identity.appID {
            writer.name("appId")
            writer.string(appID.span)
        }
        if let openid = identity.openid {
            writer.name("openid")
            writer.string(openid.span)
        }
        writer.member("iat", now)
        writer.member("exp", now + Self.lifetime)
        writer.member("jti", tokenID)
        writer.endObject()
        return writer.bytes
    }
}
