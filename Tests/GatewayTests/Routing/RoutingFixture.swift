import Configuration

@testable import Gateway

/// Route tables from the text of their routes.
enum RoutingFixture {
    /// What a routing test asks for: the routes as JSON objects that name no service.
    static func load(_ routes: [String]) -> LoadResult {
        let secret = "0123456789abcdef0123456789abcdef"
        let routes = routes.map { String($0.dropLast()) + #","service":"s"}"# }
        let text = """
            {"listeners":[{"address":"127.0.0.1:0"}],
             "wechat":{"apps":[{"appId":"a","secret":{"value":"x"}}]},
             "tokens":{"issuer":"i","signingKeys":[{"id":"k","algorithm":"HS256","secret":{"value":"\(secret)"}}]},
             "limits":{"body":"1KiB"},
             "services":{"r":{"targets":["http://127.0.0.1:1"]},"s":{"targets":["http://127.0.0.1:2"]}},
             "routes":[\(routes.joined(separator: ",\n"))]}
            """
        return GatewayConfiguration.load(bytes: Array(text.utf8))
    }
}

extension RouteTable {
    func match(_ method: String, _ path: String, host: String = "gateway.example") -> RouteMatch {
        let method = Array(method.utf8)
        let path = Array(path.utf8)
        let host = Array(host.utf8)
        return match(host: host.span, method: method.span, path: path.span)
    }

    /// The label of the route that gets the request, or "405 …" or "404".
    func answer(_ method: String, _ path: String, host: String = "gateway.example") -> String {
        switch match(method, path, host: host) {
        case .route(let index): String(decoding: routes[index].label, as: UTF8.self)
        case .methodNotAllowed(let index): "405 " + String(decoding: allow(index), as: UTF8.self)
        case .notFound: "404"
        }
    }
}
