import Configuration
import HTTPWire
import NIOCore

/// Phase 2, route: which of the gateway's own endpoints or of the configured routes a request is for.
extension ClientConnection {
    func route() {
        if worker.head.method == .trace {
            // Echoes what came in, credentials too (RFC 9110 section 9.3.8).
            return answer(.refusal(.methodNotAllowed))
        }
        if worker.head.form == .asterisk {
            var capabilities = GatewayAnswer(success: Array("{}".utf8))
            capabilities.allow = Worker.allMethods
            return answer(capabilities)
        }
        let arena = worker.head.arena
        let target = arena.readableBytesUInt8Span
        if let query = worker.head.query, TargetNormalizer.refusesQuery(target.extracting(query.range)) {
            return answer(.refusal(.badRequest, message: "the query holds bytes that a URL cannot hold"))
        }
        let path = target.extracting(worker.head.path.range)
        switch TargetNormalizer.normalize(path: path, into: &worker.normalPath) {
        case .unchanged(let hasEmptySegment):
            decide(path: path, hasEmptySegment: hasEmptySegment)
        case .rewritten(let hasEmptySegment):
            let normal = worker.normalPath
            decide(path: normal.span, hasEmptySegment: hasEmptySegment)
        case .refused(let fault):
            answer(.refusal(.badRequest, message: fault.message))
        }
    }

    private func decide(path: Span<UInt8>, hasEmptySegment: Bool) {
        let reserved = side == .traffic ? worker.reserved : worker.adminReserved
        if let endpoint = reserved.endpoint(at: path) {
            return serve(endpoint)
        }
        guard side == .traffic else { return answer(.refusal(.routeNotFound)) }
        guard !worker.isDraining else { return answer(.refusal(.unavailable, message: "the gateway is stopping")) }
        let arena = worker.head.arena
        let host = arena.readableBytesUInt8Span.extracting((worker.head.authority ?? .empty).range)
        let method = arena.readableBytesUInt8Span.extracting(worker.head.methodName.range)
        switch worker.routes.match(host: host, method: method, path: path) {
        case .route(let index):
            request.route = index
            if hasEmptySegment, !worker.routes.routes[index].keepSlashes {
                return answer(.refusal(.badRequest, message: "the path has an empty segment"))
            }
            if authenticate(worker.routes.routes[index].auth) {
                forward(path: path)
            }
        case .methodNotAllowed(let index):
            answer(.refusal(.methodNotAllowed, allow: worker.routes.allow(index)))
        case .notFound:
            answer(.refusal(.routeNotFound))
        }
    }

    private func serve(_ endpoint: ReservedPaths.Endpoint) {
        request.endpoint = endpoint
        let method = worker.head.method
        switch endpoint {
        case .live, .ready:
            guard method == .get || method == .head else {
                return answer(.refusal(.methodNotAllowed, allow: Worker.readMethods))
            }
            answer(endpoint == .live ? .live : .ready(worker.readiness))
        case .login:
            guard method == .post else { return answer(.refusal(.methodNotAllowed, allow: Worker.postMethod)) }
            beginEndpointBody()
        case .session:
            guard method == .get || method == .head else {
                return answer(.refusal(.methodNotAllowed, allow: Worker.readMethods))
            }
            if authenticate(.required) { readSession() }
        case .unknownLoginPath:
            answer(.refusal(.routeNotFound))
        }
    }
}
