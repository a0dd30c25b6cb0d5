import HTTPWire
import NIOCore

/// Phase 2: pages of other origins (the Fetch standard, section 3.2).
enum CrossOriginPhase {
    /// Answers a preflight for the route of the request that is to follow, without a token: browsers send none. Proceeds
    /// where this is none, or the route leaves it to the service.
    static func preflight(
        _ head: borrowing RequestHead,
        path: Span<UInt8>,
        hasEmptySegment: Bool,
        _ request: RequestState,
        _ routes: RouteTable
    ) -> PhaseResult {
        guard let wanted = head.firstValue(of: .accessControlRequestMethod),
            let origin = head.firstValue(of: .origin)
        else { return .proceed }
        let bytes = head.arena
        let arena = bytes.readableBytesUInt8Span
        let host = arena.extracting((head.authority ?? .empty).range)
        let match = routes.match(host: host, method: arena.extracting(wanted.range), path: path)
        guard case .route(let index) = match, let cors = routes.routes[index].rules?.cors,
            !hasEmptySegment || routes.routes[index].keepSlashes
        else { return .proceed }
        request.route = routes.routes[index]
        let fields = cors.fields(origin: arena.extracting(origin.range), isPreflight: true)
        return .document(LocalDocument(status: 204, fields: fields, body: nil))
    }

    /// Sees to it that every response to this request, the gateway's own too, says which pages may read it.
    static func admit(_ head: borrowing RequestHead, by cors: CrossOrigin, _ request: RequestState) {
        let bytes = head.arena
        let arena = bytes.readableBytesUInt8Span
        let fields =
            if let origin = head.firstValue(of: .origin) {
                cors.fields(origin: arena.extracting(origin.range), isPreflight: false)
            } else {
                cors.fields(origin: nil, isPreflight: false)
            }
        request.withRareState { $0.ruled.response = fields }
    }
}
