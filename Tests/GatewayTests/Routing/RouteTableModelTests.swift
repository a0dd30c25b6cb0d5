import Configuration
import RandomJSON
import Testing

@testable import Gateway

@Suite("The route table against a slow, obvious model")
struct RouteTableModelTests {
    private static let words = ["a", "b", "c", ""]
    private static let hosts = ["h.example", "i.example", "j.example"]
    private static let methods = ["GET", "HEAD", "POST", "DELETE", "BREW"]

    /// A route as the model sees it.
    private struct ModelRoute {
        let text: String
        let segments: [String]
        let host: String?
        let methods: [String]
        let priority: Int

        init(using random: inout SeededGenerator) {
            var segments = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                Int.random(in: 0..<3, using: &random) == 0 ? "*" : words.randomElement(using: &random) ?? "a"
            }
            if Int.random(in: 0..<3, using: &random) == 0 { segments.append("**") }
            self.segments = segments
            host = Int.random(in: 0..<3, using: &random) == 0 ? hosts[Int.random(in: 0...1, using: &random)] : nil
            methods =
                Bool.random(using: &random)
                ? [] : ["GET", "HEAD", "POST", "DELETE"].filter { _ in Bool.random(using: &random) }
            priority = Int.random(in: 0..<5, using: &random) == 0 ? Int.random(in: -1...1, using: &random) : 0
            var text = #"{"path":"/\#(segments.joined(separator: "/"))","slashes":"keep","priority":\#(priority)"#
            if let host { text += #","host":"\#(host)""# }
            if !methods.isEmpty { text += #","methods":["\#(methods.joined(separator: "\",\""))"]"# }
            self.text = text + "}"
        }

        func takes(host: String, path: [String]) -> Bool {
            if let named = self.host, named != host { return false }
            return RouteTableModelTests.takes(segments[...], path[...])
        }

        func takes(method: String) -> Bool {
            methods.isEmpty || methods.contains(method) || (method == "HEAD" && methods.contains("GET"))
        }

        /// The rules of docs/configuration.md, one after the other.
        var rank: [Int] {
            let hasRest = segments.last == "**"
            let named = segments.filter { $0 != "**" }
            let kind = hasRest ? 0 : named.contains("*") ? 1 : 2
            return [
                priority, kind, named.count, named.filter { $0 != "*" }.count, host == nil ? 0 : 1,
                methods.isEmpty ? 0 : 1,
            ]
        }
    }

    private static func takes(_ pattern: ArraySlice<String>, _ path: ArraySlice<String>) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        if first == "**" { return true }
        guard let word = path.first, first == word || (first == "*" && word != "") else { return false }
        return takes(pattern.dropFirst(), path.dropFirst())
    }

    private static func expectation(_ routes: [ModelRoute], _ method: String, _ host: String, _ path: [String])
        -> [String]
    {
        let candidates = routes.filter { $0.takes(host: host, path: path) }
        let takers = candidates.filter { $0.takes(method: method) }
        let best = takers.map(\.rank).max { $0.lexicographicallyPrecedes($1) }
        if let best { return takers.filter { $0.rank == best }.map(\.text) }
        if candidates.isEmpty { return ["404"] }
        let allowed = ["GET", "HEAD", "POST", "DELETE"].filter { name in candidates.contains { $0.takes(method: name) }
        }
        return ["405 " + allowed.joined(separator: ", ")]
    }

    /// Routes that load without a tie: those that were reported are left out.
    private static func routes(_ count: Int, using random: inout SeededGenerator) -> (
        [ModelRoute], GatewayConfiguration?
    ) {
        var routes = (0..<count).map { _ in ModelRoute(using: &random) }
        let faults = RoutingFixture.load(routes.map(\.text)).faults
        let reported = Set(faults.compactMap { Int($0.pointer.split(separator: "/").dropFirst().first ?? "") })
        #expect(faults.count == reported.count, "\(faults.map(\.description)), seed \(random.seed)")
        routes = routes.indices.filter { !reported.contains($0) }.map { routes[$0] }
        return (routes, RoutingFixture.load(routes.map(\.text)).configuration)
    }

    @Test("Random routes and requests; no two routes that were accepted ever tie")
    func random() throws {
        var random = SeededGenerator()
        for _ in 0..<60 {
            let (routes, configuration) = RouteTableModelTests.routes(
                Int.random(in: 1...60, using: &random),
                using: &random
            )
            let table = PhaseFixture.table(try #require(configuration, "seed \(random.seed)"))
            for _ in 0..<120 {
                let path = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                    ["a", "b", "c", "", "x"].randomElement(using: &random) ?? "a"
                }
                let host = RouteTableModelTests.hosts.randomElement(using: &random) ?? ""
                let method = RouteTableModelTests.methods.randomElement(using: &random) ?? ""
                let expected = RouteTableModelTests.expectation(routes, method, host, path)
                let found =
                    switch table.match(method, "/" + path.joined(separator: "/"), host: host) {
                    case .route(let index): routes[index].text
                    case .methodNotAllowed(let index): "405 " + String(decoding: table.allow(index), as: UTF8.self)
                    case .notFound: "404"
                    }
                #expect(expected == [found], "\(method) \(host) \(path), seed \(random.seed)")
            }
        }
    }

    @Test("Ties that were reported are ties of the model")
    func ties() {
        var random = SeededGenerator()
        for _ in 0..<120 {
            let pair = [ModelRoute(using: &random), ModelRoute(using: &random)]
            let isReported = !RoutingFixture.load(pair.map(\.text)).faults.isEmpty
            var doesTie = false
            for path in RouteTableModelTests.allPaths where !doesTie {
                for host in RouteTableModelTests.hosts {
                    doesTie =
                        doesTie
                        || RouteTableModelTests.methods.contains {
                            RouteTableModelTests.expectation(pair, $0, host, path).count == 2
                        }
                }
            }
            #expect(isReported == doesTie, "\(pair.map(\.text)), seed \(random.seed)")
        }
    }

    private static let allPaths: [[String]] = {
        var paths: [[String]] = []
        var last: [[String]] = [[]]
        for _ in 0..<4 {
            last = last.flatMap { path in ["a", "b", "c", ""].map { path + [$0] } }
            paths += last
        }
        return paths
    }()

    @Test("10,000 routes: every one is found, and a look-up visits no more than with ten", .timeLimit(.minutes(5)))
    func many() throws {
        func lookUps(_ count: Int) throws -> Duration {
            let texts = (0..<count).map { #"{"path":"/api/v\#($0 % 10)/resource\#($0)/*"}"# }
            let result = RoutingFixture.load(texts)
            let table = PhaseFixture.table(try #require(result.configuration))
            for index in stride(from: 0, to: count, by: max(1, count / 1000)) {
                #expect(table.match("GET", "/api/v\(index % 10)/resource\(index)/7") == .route(index))
                #expect(table.match("GET", "/api/v\(index % 10)/resource\(index)/7/8") == .notFound)
            }
            let method = Array("GET".utf8)
            let path = Array("/api/v1/resource1/7".utf8)
            var best = Duration.seconds(60)
            for _ in 0..<20 {
                let time = ContinuousClock().measure {
                    for _ in 0..<500 { _ = table.match(host: method.span, method: method.span, path: path.span) }
                }
                best = min(best, time)
            }
            return best
        }
        // Best of twenty each, and a factor that a loaded machine does not reach while a scan surely would.
        #expect(try lookUps(10_000) < lookUps(10) * 8)
    }
}
