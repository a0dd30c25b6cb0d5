import RandomJSON
import Testing

@testable import Configuration

@Suite("Conflicts of routes against a slow model")
struct RouteConflictTests {
    private static let words = ["a", "b", "*", "*", ""]

    private static func randomPath(_ random: inout SeededGenerator) -> String {
        let count = Int.random(in: 1...4, using: &random)
        var path = (0..<count).map { _ in "/" + (words.randomElement(using: &random) ?? "a") }.joined()
        if Bool.random(using: &random) { path += "/**" }
        return path
    }

    private static func randomRoute(_ random: inout SeededGenerator) throws -> RouteConfiguration {
        var route = RouteConfiguration()
        route.path = try RoutePatternParser.parse(randomPath(&random))
        route.keepSlashes = true
        let methods = RouteMethod.allCases.filter { _ in Int.random(in: 0..<5, using: &random) == 0 }
        if Bool.random(using: &random) { route.methods = methods }
        if Int.random(in: 0..<4, using: &random) == 0 { route.host = Bool.random(using: &random) ? "h" : "i" }
        if Int.random(in: 0..<6, using: &random) == 0 { route.priority = 1 }
        return route
    }

    /// All paths of up to five segments over an alphabet that holds the patterns' literals and one more word.
    private static let paths: [[String]] = {
        var paths: [[String]] = []
        var last: [[String]] = [[]]
        for _ in 0..<5 {
            last = last.flatMap { path in ["a", "b", "x", ""].map { path + [$0] } }
            paths += last
        }
        return paths
    }()

    private static func takes(_ pattern: RoutePattern, _ path: [String]) -> Bool {
        guard path.count == pattern.segments.count || (pattern.hasRest && path.count > pattern.segments.count) else {
            return false
        }
        return zip(pattern.segments, path).allSatisfy { segment, word in
            switch segment {
            case .parameter: !word.isEmpty
            case .literal(let bytes): bytes == Array(word.utf8)
            }
        }
    }

    @Test("Patterns overlap where some path is taken by both")
    func overlaps() throws {
        var random = SeededGenerator()
        for _ in 0..<400 {
            let one = try RoutePatternParser.parse(RouteConflictTests.randomPath(&random))
            let other = try RoutePatternParser.parse(RouteConflictTests.randomPath(&random))
            let shared = RouteConflictTests.paths.contains {
                RouteConflictTests.takes(one, $0) && RouteConflictTests.takes(other, $0)
            }
            #expect(one.overlaps(other) == shared, "\(one.text) \(other.text), seed \(random.seed)")
        }
    }

    @Test("Each route is reported with the first that it ties with")
    func conflicts() throws {
        var random = SeededGenerator()
        for _ in 0..<200 {
            let count = Int.random(in: 2...25, using: &random)
            let routes = try (0..<count).map { _ in try RouteConflictTests.randomRoute(&random) }
            var expected: [[Int]] = []
            for later in routes.indices {
                let earlier = routes[..<later].firstIndex { other in
                    let route = routes[later]
                    return RoutePrecedence(other) == RoutePrecedence(route) && other.host == route.host
                        && other.path.overlaps(route.path)
                        && !RouteMethodSet(other).isDisjoint(with: RouteMethodSet(route))
                }
                if let earlier { expected.append([earlier, later]) }
            }
            let found = RouteConflicts.find(in: routes).map { [$0.earlier, $0.later] }
            #expect(found == expected, "\(routes.map(\.path.text)), seed \(random.seed)")
        }
    }

    @Test("10,000 routes are read and compared in bounded time", .timeLimit(.minutes(5)))
    func many() {
        let routes = (0..<10_000).map { index in
            index % 3 == 0
                ? #"{"path":"/api/v1/resource\#(index)/{id}"}"#.replacing("{id}", with: "*")
                : #"{"path":"/api/\#(index)/items/**"}"#
        }
        let result = Fixture.load(routes: routes)
        #expect(result.summaries == [])
        #expect(result.configuration?.routes.count == 10_000)
    }
}
