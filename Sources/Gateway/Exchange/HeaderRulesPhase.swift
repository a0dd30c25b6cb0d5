import HTTPWire
import NIOCore

/// Phase 5: the field lines that a route's rules give the service and the client.
enum HeaderRulesPhase {
    /// Works out the lines, as long as all that they may tell is at hand, and drops what the rules take away.
    static func run(
        _ rules: RouteRules,
        _ head: inout RequestHead,
        path: Span<UInt8>,
        _ exchange: Exchange
    ) -> PhaseResult {
        guard rules.requestHeaders != nil || rules.responseHeaders != nil else { return .proceed }
        let request = exchange.request
        let facts = facts(of: exchange)
        var ruled = request.rareState?.ruled ?? RuledFields()
        if let plan = rules.requestHeaders {
            guard let lines = plan.render(facts, path: path) else { return refusal }
            ruled.request = lines
            // The client's own header decides, whatever the rules make of it.
            if let cluster = exchange.cluster { BalanceKey.note(head, of: cluster, request, exchange.peer) }
            let bytes = head.arena
            plan.drop(from: &head.fields, in: bytes.readableBytesUInt8Span)
        }
        if let plan = rules.responseHeaders {
            guard let lines = plan.render(facts, path: path, caching: false),
                let caching = plan.render(facts, path: path, caching: true)
            else { return refusal }
            ruled.serviceResponse = lines
            ruled.caching = caching
        }
        request.withRareState { $0.ruled = ruled }
        return .proceed
    }

    private static var refusal: PhaseResult {
        .reply(.refusal(.badRequest, message: "the request contains bytes that are not allowed in a header field"))
    }

    private static func facts(of exchange: Exchange) -> HeaderFacts {
        let request = exchange.request
        var facts = HeaderFacts()
        if let identity = request.identity {
            facts.userID = identity.userID
            facts.openid = identity.openid
            facts.unionid = identity.unionid
            facts.appID = identity.appID
        }
        facts.requestID = request.id
        facts.clientAddress = request.clientAddress ?? exchange.peer.text
        return facts
    }
}
