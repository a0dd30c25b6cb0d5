import Configuration
import HTTPWire
import Login
import NIOCore

/// Phase 2, route: which of the gateway's own endpoints or of the configured routes a request is for.
extension ClientConnection {
    func route() {
        if worker.head.method == .trace {
            // Echoes what came in, credentials too (RFC 9110 section 9.3.8).
            return sendLocalReply(.refusal(.methodNotAllowed))
        }
        if worker.head.form == .asterisk {
            var capabilities = LocalReply(success: Array("{}".utf8))
            capabilities.allow = Worker.allMethods
            return sendLocalReply(capabilities)
        }
        let arena = worker.head.arena
        let target = arena.readableBytesUInt8Span
        if let query = worker.head.query, TargetNormalizer.refusesQuery(target.extracting(query.range)) {
            return sendLocalReply(.refusal(.badRequest, message: "the query holds bytes that a URL cannot hold"))
        }
        let path = target.extracting(worker.head.path.range)
        switch TargetNormalizer.normalize(path: path, into: &worker.normalPath) {
        case .unchanged(let hasEmptySegment):
            decide(path: path, hasEmptySegment: hasEmptySegment)
        case .rewritten(let hasEmptySegment):
            let normal = worker.normalPath
            decide(path: normal.span, hasEmptySegment: hasEmptySegment)
        case .refused(let fault):
            sendLocalReply(.refusal(.badRequest, message: fault.message))
        }
    }

    private func decide(path: Span<UInt8>, hasEmptySegment: Bool) {
        let reserved = side == .traffic ? worker.reserved : worker.adminReserved
        if let endpoint = reserved.endpoint(at: path) {
            return serve(endpoint)
        }
        guard side == .traffic else { return decideAdmin(path: path) }
        guard !worker.isDraining else {
            return sendLocalReply(.refusal(.unavailable, message: "the gateway is stopping"))
        }
        if worker.head.method == .options, answersPreflight(path: path, hasEmptySegment: hasEmptySegment) { return }
        if worker.head.has(.xHTTPMethodOverride), !takesMethodOverride(path: path) { return }
        let arena = worker.head.arena
        let host = arena.readableBytesUInt8Span.extracting((worker.head.authority ?? .empty).range)
        let method = arena.readableBytesUInt8Span.extracting(worker.head.methodName.range)
        switch worker.routes.match(host: host, method: method, path: path) {
        case .route(let index):
            request.route = index
            let route = worker.routes.routes[index]
            if let cors = route.rules?.cors { admitOrigin(by: cors) }
            if hasEmptySegment, !route.keepSlashes {
                return sendLocalReply(.refusal(.badRequest, message: "the path has an empty segment"))
            }
            if hasClientKey(route), authenticate(route, path: path) { proceed(route, path: path) }
        case .methodNotAllowed(let index):
            sendLocalReply(.refusal(.methodNotAllowed, allow: worker.routes.allow(index)))
        case .notFound:
            sendLocalReply(.refusal(.routeNotFound))
        }
    }

    private func serve(_ endpoint: ReservedPaths.Endpoint) {
        request.endpoint = endpoint
        let method = worker.head.method
        switch endpoint {
        case .live, .ready:
            guard method == .get || method == .head else {
                return sendLocalReply(.refusal(.methodNotAllowed, allow: Worker.readMethods))
            }
            sendLocalReply(endpoint == .live ? .live : .ready(worker.readiness))
        case .auth(let path):
            guard let call = path.endpoint(for: method) else {
                return sendLocalReply(.refusal(.methodNotAllowed, allow: path.allow))
            }
            if let value = worker.head.firstValue(of: .xWxAppID) {
                let bytes = worker.head.arena
                request.requestedAppID = Array(copying: bytes.readableBytesUInt8Span.extracting(value.range))
            }
            request.call = .auth(call)
            guard !call.needsToken || authenticateForEndpoint() && isWithinSessionRate(call) else { return }
            guard !worker.isDraining else {
                return sendLocalReply(.refusal(.unavailable, message: "the gateway is stopping"))
            }
            call == .session ? callWithoutBody(.auth(call)) : collectBody(for: .auth(call))
        case .jwks:
            guard method == .get || method == .head else {
                return sendLocalReply(.refusal(.methodNotAllowed, allow: Worker.readMethods))
            }
            sendLocalReply(document: worker.jwks, type: "application/jwk-set+json", maximumAge: "300")
        case .unknownLoginPath:
            sendLocalReply(.refusal(.routeNotFound))
        }
    }
}
