import HTTPWire
import NIOCore

/// Phase 2: `x-http-method-override`, from clients that can send GET and POST only.
enum MethodOverridePhase {
    /// Puts the method that the client means in the place of the one that it could send, where the route of that method
    /// honours it. What is meant as PATCH is not done as POST.
    static func run(
        _ head: inout RequestHead,
        path: Span<UInt8>,
        _ request: RequestState,
        _ routes: RouteTable
    ) -> PhaseResult {
        guard head.method == .post, let first = head.firstIndex(of: .xHTTPMethodOverride) else { return .proceed }
        let bytes = head.arena
        let arena = bytes.readableBytesUInt8Span
        let host = arena.extracting((head.authority ?? .empty).range)
        let value = head.fields[first].value
        let isAlone = !head.fields[(first + 1)...].contains { $0.known == .xHTTPMethodOverride && !$0.isAlias }
        var meant = RouteMatch.notFound
        if isAlone, let method = OverridingMethod(arena.extracting(value.range)) {
            meant = routes.match(host: host, method: arena.extracting(value.range), path: path)
            if honours(meant, routes) {
                head.method = method.method
                head.methodName = value
                request.method = method.method
                return .proceed
            }
        }
        let plain = routes.match(host: host, method: arena.extracting(head.methodName.range), path: path)
        // Where no route honours the field, it is one that is taken out, as it always was.
        guard honours(plain, routes) else { return .proceed }
        switch meant {
        case .route:
            return .reply(.refusal(.methodNotAllowed, allow: Worker.postMethod))
        case .methodNotAllowed(let index):
            return .reply(.refusal(.methodNotAllowed, allow: routes.allow(index)))
        case .notFound:
            return .reply(.refusal(.badRequest, message: "x-http-method-override must be PATCH, PUT or DELETE"))
        }
    }

    private static func honours(_ match: RouteMatch, _ routes: RouteTable) -> Bool {
        guard case .route(let index) = match else { return false }
        return routes.routes[index].rules?.methodOverride == true
    }
}

/// The methods that a client may mean where it sends POST.
private struct OverridingMethod {
    let method: HTTPMethod

    init?(_ text: Span<UInt8>) {
        if text.isEqual(toLowercase: Self.patch.span) {
            method = .patch
        } else if text.isEqual(toLowercase: Self.put.span) {
            method = .put
        } else if text.isEqual(toLowercase: Self.delete.span) {
            method = .delete
        } else {
            return nil
        }
        // The name goes to the service as it came, and methods are case-sensitive (RFC 9110, section 9.1).
        for index in text.indices where text[index] >= UInt8(ascii: "a") { return nil }
    }

    private static let patch = Array("patch".utf8)
    private static let put = Array("put".utf8)
    private static let delete = Array("delete".utf8)
}
