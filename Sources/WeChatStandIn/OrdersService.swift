import JSON
import NIOCore
import NIOHTTP1

/// Shows a service's side of the gateway: which headers came, how many bytes.
struct OrdersService: Responder {
    let bodyLimit = 0
    let idleTimeout = TimeAmount.seconds(75)

    /// The most that `/api/orders/big` sends: 1 TiB.
    static let maximumFilling: Int64 = 1 << 40

    func respond(to request: ServedRequest) -> StandInResponse {
        switch request.path {
        case "/api/profile": profile(request)
        case "/feed": feed(request)
        case "/api/orders/big": big(request)
        case let path where path == "/catalog" || path.hasPrefix("/catalog/"): Self.catalog
        default: echo(request)
        }
    }

    private func echo(_ request: ServedRequest) -> StandInResponse {
        .json(
            JSONWriter.object { writer in
                writer.member("service", SampleService.Kind.orders.rawValue)
                writer.member("method", request.method.rawValue)
                writer.member("path", request.path)
                writer.member("query", request.query ?? "")
                writer.name("headers")
                writer.beginObject()
                for (name, values) in Self.fields(request.headers) { writer.member(name, values) }
                writer.endObject()
                writer.member("bodyBytes", request.bodyBytes)
            }
        )
    }

    private func profile(_ request: ServedRequest) -> StandInResponse {
        .json(
            JSONWriter.object { writer in
                writer.member("service", SampleService.Kind.orders.rawValue)
                writer.member("userId", request.headers.first(name: "x-user-id") ?? "")
                writer.member("appId", request.headers.first(name: "x-wx-appid") ?? "")
                writer.member("openid", request.headers.first(name: "x-wx-openid") ?? "")
                writer.member("orders", 3)
            }
        )
    }

    private func feed(_ request: ServedRequest) -> StandInResponse {
        .json(
            JSONWriter.object { writer in
                writer.member("viewer", request.headers.first(name: "x-user-id") ?? "anonymous")
                writer.name("items")
                writer.beginArray()
                for title in ["New teas are in", "Free delivery on Sunday"] { writer.string(title) }
                writer.endArray()
            }
        )
    }

    private func big(_ request: ServedRequest) -> StandInResponse {
        guard let text = request.parameter("bytes"), let count = Int64(text), (0...Self.maximumFilling).contains(count)
        else {
            let message = "bytes must be a number up to \(Self.maximumFilling)"
            return .json(JSONWriter.object { $0.member("error", message) }, status: .badRequest)
        }
        var response = StandInResponse(contentType: "application/octet-stream")
        response.filling = count
        return response
    }

    private static let catalog = StandInResponse.json(
        JSONWriter.object { writer in
            writer.name("items")
            writer.beginArray()
            for (id, name, cents) in [(1, "Longjing", 12800), (2, "Tieguanyin", 9600), (3, "Pu'er", 15900)] {
                writer.beginObject()
                writer.member("id", id)
                writer.member("name", name)
                writer.member("cents", cents)
                writer.endObject()
            }
            writer.endArray()
        }
    )

    /// Names in lower case and in order, the values of one name joined as RFC 9110, section 5.2, allows.
    private static func fields(_ headers: HTTPHeaders) -> [(String, String)] {
        var values: [String: String] = [:]
        for (name, value) in headers {
            let name = name.lowercased()
            values[name] = values[name].map { "\($0), \(value)" } ?? value
        }
        return values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
