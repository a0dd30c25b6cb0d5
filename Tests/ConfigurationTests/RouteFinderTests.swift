import RandomJSON
import Testing

@testable import Configuration

@Suite("The route of a request, as checks find it")
struct RouteFinderTests {
    private static let words = ["a", "b", "*", ""]

    private static func route(_ random: inout SeededGenerator) throws -> RouteConfiguration {
        let count = Int.random(in: 1...3, using: &random)
        var path = (0..<count).map { _ in "/" + (words.randomElement(using: &random) ?? "a") }.joined()
        if Bool.random(using: &random) { path += "/**" }
        var route = RouteConfiguration()
        route.path = try RoutePatternParser.parse(path)
        if Bool.random(using: &random) { route.methods = [.get] }
        if Int.random(in: 0..<3, using: &random) == 0 { route.host = "h" }
        route.priority = Int.random(in: 0...1, using: &random)
        return route
    }

    private static func takes(_ route: RouteConfiguration, _ request: RouteFinder.Request) -> Bool {
        let (pattern, path) = (route.path, request.path)
        guard path.count == pattern.segments.count || (pattern.hasRest && path.count > pattern.segments.count),
            route.host == nil || route.host == request.host, route.methods.isEmpty || request.method == .get
        else { return false }
        return zip(pattern.segments, path).allSatisfy { segment, bytes in
            switch segment {
            case .parameter: !bytes.isEmpty
            case .literal(let literal): literal == bytes
            }
        }
    }

    @Test("It is one of the greatest precedence of those that take the request")
    func model() throws {
        var random = SeededGenerator()
        for _ in 0..<300 {
            var routes: [RouteConfiguration] = []
            for _ in 0..<6 { routes.append(try Self.route(&random)) }
            let finder = RouteFinder(routes)
            for _ in 0..<20 {
                let path = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                    Array((["a", "b", "x", ""].randomElement(using: &random) ?? "a").utf8)
                }
                let request = RouteFinder.Request(
                    method: Bool.random(using: &random) ? .get : .post,
                    host: Bool.random(using: &random) ? "h" : nil,
                    path: path
                )
                let expected = routes.filter { Self.takes($0, request) }.map { RoutePrecedence($0) }.max()
                let found = finder.winner(request).map { RoutePrecedence(routes[$0]) }
                #expect(found == expected, "\(request), seed \(random.seed)")
            }
        }
    }
}
