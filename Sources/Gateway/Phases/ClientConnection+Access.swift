import Configuration
import Cryptography
import HTTPWire
import Login
import NIOCore
import Sessions

/// The rest of phase 3: client keys, apps, steps of authorisation, and what is fetched before a request goes on.
extension ClientConnection {
    /// Whether the client showed the key that the route demands; otherwise the request is answered.
    func hasClientKey(_ route: CompiledRoute) -> Bool {
        guard route.clientKeyIndex >= 0 else { return true }
        let key = worker.settings.clientKeys[route.clientKeyIndex]
        let bytes = worker.head.arena
        let arena = bytes.readableBytesUInt8Span
        var shown: Range<Int>?
        for field in worker.head.fields
        where field.known == key.field && !field.isAlias
            && arena.extracting(field.name.range).isEqual(toLowercase: key.name.span)
        {
            // Two keys: whichever is looked at, the other one was meant too.
            if shown != nil {
                shown = nil
                break
            }
            shown = field.value.range
        }
        if let shown, key.matches(arena.extracting(shown)) { return true }
        var reply = LocalReply(.clientKeyInvalid)
        reply.message = .bytes(key.name + Array(" is auth failed".utf8))
        self.sendLocalReply(reply)
        return false
    }

    /// On with a request whose token is judged: checks what the route wants of the user, fetches what it needs, and
    /// forwards. Called again after each wait.
    func proceed(_ route: CompiledRoute, path: Span<UInt8>) {
        if let rules = route.rules, rules.isLimited, !isWithinLimits() { return }
        if let identity = request.identity {
            if route.hasConditions, !meets(route, identity) { return }
            if renew(identity, path: path) { return }
            if route.forwardPhone, fetchPhone(identity, path: path) { return }
        }
        if let rules = route.rules { return forward(by: rules, path: path) }
        forward(path: path)
    }

    /// The same after a wait.
    func proceed(path: Span<UInt8>) {
        proceed(worker.routes.routes[request.route], path: path)
    }

    private func meets(_ route: CompiledRoute, _ identity: Identity) -> Bool {
        if !route.apps.isEmpty {
            guard let appID = identity.appID, route.apps.contains(appID) else {
                sendLocalReply(.refusal(.forbidden))
                return false
            }
        }
        let facts = worker.changes.facts(of: identity)
        let lacksProfile = route.requiresProfile && !facts.contains(.profile)
        let lacksPhone = route.requiresPhone && !facts.contains(.phone)
        guard lacksProfile || lacksPhone else { return true }
        func list(_ profile: Bool, _ phone: Bool) -> String {
            switch (profile, phone) {
            case (true, true): #"["profile","phone"]"#
            case (true, false): #"["profile"]"#
            case (false, true): #"["phone"]"#
            case (false, false): "[]"
            }
        }
        var reply = LocalReply(.authStepRequired)
        let required = list(route.requiresProfile, route.requiresPhone)
        let missing = list(lacksProfile, lacksPhone)
        reply.data = Array(
            #"{"required":\#(required),"missing":\#(missing),"authStep":\#(facts.authStep)}"#.utf8
        )
        self.sendLocalReply(reply)
        return false
    }

    // MARK: - What has to be fetched first

    /// A token near its end gets its successor, the same for all who ask. True where the request waits for it.
    private func renew(_ identity: Identity, path: Span<UInt8>) -> Bool {
        guard let window = worker.settings.renewalWindow, let sessionID = identity.sessionID,
            identity.expiresAt - loop.wallSeconds <= window, request.rareState?.newToken == nil
        else { return false }
        if let successor = worker.successors[sessionID], successor.expiresAt - loop.wallSeconds > window {
            // The one that this request came with may be it.
            guard successor.expiresAt > identity.expiresAt else { return false }
            attach(successor)
            return false
        }
        guard request.rareState?.hasRequestedRenewal != true, !worker.isDraining,
            let holder = SessionHolder(identity, facts: worker.changes.facts(of: identity))
        else { return false }
        hold(path: path, .renewal, within: GatewaySettings.renewalTimeout)
        request.rareState?.hasRequestedRenewal = true
        worker.endpoints.renew(
            holder,
            completion: resumption { connection, path, successor in
                if let successor {
                    connection.worker.successors[sessionID] = successor
                    connection.attach(successor)
                }
                connection.proceed(path: path)
            }
        )
        return true
    }

    private func attach(_ successor: RenewedToken) {
        let token = NewToken(successor.token, expiresIn: successor.expiresAt - loop.wallSeconds)
        request.withRareState { $0.newToken = token }
    }

    /// True where the request waits for the user's phone number.
    private func fetchPhone(_ identity: Identity, path: Span<UInt8>) -> Bool {
        guard request.rareState?.hasRequestedPhone != true,
            worker.changes.facts(of: identity).contains(.phone),
            let holder = SessionHolder(identity, facts: identity.facts)
        else { return false }
        hold(path: path)
        request.rareState?.hasRequestedPhone = true
        worker.endpoints.phone(
            of: holder,
            completion: resumption { connection, path, result in
                switch result {
                case .success(let phone):
                    connection.request.rareState?.phone = phone.map { Array($0.utf8) }
                    connection.proceed(path: path)
                case .failure(.sessionUnknown):
                    // A token of no session of this store (`menshen token mint`): nothing is known of its user.
                    connection.proceed(path: path)
                case .failure(let failure):
                    connection.sendLocalReply(LocalReply(EndpointReply(.failure(failure))))
                }
            }
        )
        return true
    }
}

extension SessionHolder {
    /// Nil for a token that is not of a session of this gateway's own.
    init?(_ identity: Identity, facts: UserFacts) {
        guard let appID = identity.appID, let sessionID = identity.sessionID else { return nil }
        let app = String(decoding: appID, as: UTF8.self)
        let userID = String(decoding: identity.userID, as: UTF8.self)
        self.init(
            user: identity.openid.map { UserKey(appID: app, openid: String(decoding: $0, as: UTF8.self)) }
                ?? UserKey(appID: app, foreignUserID: userID),
            userID: userID,
            unionid: identity.unionid.map { String(decoding: $0, as: UTF8.self) },
            sessionID: String(decoding: sessionID, as: UTF8.self),
            facts: facts,
            tokenExpiry: identity.expiresAt
        )
    }
}
