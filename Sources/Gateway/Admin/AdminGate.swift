import Cryptography
import HTTPWire
import Login
import WebOrigin

/// Who may call the operators' port (contract, section 9): no web page of another origin, and whoever proves to be an
/// operator. A value: a head goes in, a refusal or none comes out.
struct AdminGate {
    enum Decision {
        case admit
        /// Provided that the body holds nothing: its type is not stated as JSON.
        case admitWithoutContent
        case refuse(LocalReply)
    }

    let origin: OriginGate
    /// Nil: nobody can prove anything, and only reading is allowed.
    let token: [UInt8]?

    /// Refuses what a web page of another origin may have sent, whatever it asks for; nil: it may go on.
    ///
    /// - Parameter arena: the head's bytes.
    func refusal(of head: borrowing RequestHead, _ arena: Span<UInt8>) -> LocalReply? {
        var (hosts, origins, fetchSites): ([String], [String], [String]) = ([], [], [])
        if let authority = head.authority { hosts.append(AdminGate.text(authority, arena)) }
        for field in head.fields {
            if field.known == .origin, !field.isAlias {
                origins.append(AdminGate.text(field.value, arena))
            } else if arena.extracting(field.name.range).equalsIgnoringCase("sec-fetch-site") {
                fetchSites.append(AdminGate.text(field.value, arena))
            }
        }
        let refusal = origin.refusal(host: hosts, origin: origins, fetchSite: fetchSites)
        switch refusal {
        case .host:
            return .refusal(
                .forbidden,
                message: "the host is not the admin port's address: use the address, or add the name to admin.hosts"
            )
        case .origin, .fetchSite:
            return .refusal(.forbidden, message: "a web page of another origin cannot call the admin port")
        case nil:
            return nil
        }
    }

    /// Whether the call is admitted: by the token, and by the content type where it changes something.
    ///
    /// - Parameter arena: the head's bytes.
    func decision(on call: AdminRequest.Call, _ head: borrowing RequestHead, _ arena: Span<UInt8>) -> Decision {
        if let token {
            guard isOperator(head, arena, token) else {
                // No login of a client helps here.
                var refusal = LocalReply(head.has(.authorization) ? .authInvalid : .authRequired)
                refusal.relogin = false
                return .refuse(refusal)
            }
        } else if call.needsAdminToken {
            return .refuse(
                .refusal(.forbidden, message: "this call requires admin.token, which is not set")
            )
        }
        // A page can send any other type without a preflight, also where a browser tells no origin.
        guard call.isWrite, !AdminGate.isJSON(head, arena) else { return .admit }
        guard !call.needsBody else {
            return .refuse(.refusal(.badRequest, message: "the content-type of a body must be application/json"))
        }
        return head.framing == .none || head.framing == .length(0) ? .admit : .admitWithoutContent
    }

    private func isOperator(_ head: borrowing RequestHead, _ arena: Span<UInt8>, _ token: [UInt8]) -> Bool {
        guard let field = head.firstValue(of: .authorization) else { return false }
        let value = arena.extracting(field.range)
        guard let range = BearerToken.range(in: value) else { return false }
        return constantTimeEquals(value.extracting(range), token.span)
    }

    /// One `content-type`, and it is `application/json`, with parameters or without.
    private static func isJSON(_ head: borrowing RequestHead, _ arena: Span<UInt8>) -> Bool {
        var only: ByteSlice?
        for field in head.fields where field.known == .contentType && !field.isAlias {
            guard only == nil else { return false }
            only = field.value
        }
        guard let only else { return false }
        let value = arena.extracting(only.range)
        var end = 0
        while end < value.count, value[end] != UInt8(ascii: ";") { end += 1 }
        while end > 0, value[end - 1].isFieldWhiteSpace { end -= 1 }
        return value.extracting(..<end).equalsIgnoringCase("application/json")
    }

    private static func text(_ slice: ByteSlice, _ arena: Span<UInt8>) -> String {
        String(decoding: Array(copying: arena.extracting(slice.range)), as: UTF8.self)
    }

    /// Whether a body asks for nothing: it is empty, or an empty object.
    static func holdsNothing(_ body: [UInt8]) -> Bool {
        let marks = body.filter { !" \t\r\n".utf8.contains($0) }
        return marks.isEmpty || marks.elementsEqual("{}".utf8)
    }
}

extension AdminRequest.Call {
    /// Whether it changes something.
    var isWrite: Bool {
        switch self {
        case .counters, .accessToken: false
        case .endSession, .endSessions, .block, .unblock, .mintToken, .resetFuse: true
        }
    }

    /// Whether it mints, binds, blocks, ends or gives out a token, or lets logins spend a quota: for operators who prove
    /// that they are.
    var needsAdminToken: Bool {
        switch self {
        case .counters: false
        case .accessToken, .endSession, .endSessions, .block, .unblock, .mintToken, .resetFuse: true
        }
    }

    /// Whether it cannot be made without a body.
    var needsBody: Bool { self == .mintToken }
}
