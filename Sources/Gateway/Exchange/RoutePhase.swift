import HTTPWire
import NIOCore

/// Phase 2, route: which of the configured routes a request is for.
enum RoutePhase {
    /// Makes the query one that RFC 3986 allows.
    static func normalizeQuery(of head: inout RequestHead) -> PhaseResult {
        guard let query = head.query else { return .proceed }
        let bytes = head.arena
        let span = bytes.readableBytesUInt8Span.extracting(query.range)
        switch TargetNormalizer.form(ofQuery: span) {
        case .unchanged: break
        case .escaped: head.replaceQuery(with: TargetNormalizer.escaped(query: span))
        case .refused: return .reply(LocalReply.badQuery)
        }
        return .proceed
    }

    /// Finds the route of host, method and path. Preflights and other methods than the one in the request line are
    /// looked at first.
    static func run(
        _ head: inout RequestHead,
        path: Span<UInt8>,
        hasEmptySegment: Bool,
        _ request: RequestState,
        _ routes: RouteTable
    ) -> PhaseResult {
        if head.method == .options {
            let preflight = CrossOriginPhase.preflight(
                head,
                path: path,
                hasEmptySegment: hasEmptySegment,
                request,
                routes
            )
            guard case .proceed = preflight else { return preflight }
        }
        if head.has(.xHTTPMethodOverride) {
            let overridden = MethodOverridePhase.run(&head, path: path, request, routes)
            guard case .proceed = overridden else { return overridden }
        }
        let bytes = head.arena
        let arena = bytes.readableBytesUInt8Span
        let host = arena.extracting((head.authority ?? .empty).range)
        switch routes.match(host: host, method: arena.extracting(head.methodName.range), path: path) {
        case .route(let index):
            let route = routes.routes[index]
            request.route = route
            if let cors = route.rules?.cors { CrossOriginPhase.admit(head, by: cors, request) }
            if hasEmptySegment, !route.keepSlashes {
                return .reply(.refusal(.badRequest, message: "the path has an empty segment"))
            }
            return .proceed
        case .methodNotAllowed(let index):
            return .reply(.refusal(.methodNotAllowed, allow: routes.allow(index)))
        case .notFound:
            return .reply(.refusal(.routeNotFound))
        }
    }
}
