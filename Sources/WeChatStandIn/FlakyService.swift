import JSON
import NIOCore
import NIOHTTP1

/// Fails in the ways a gateway has to cope with.
struct FlakyService: Responder {
    let bodyLimit = 0
    let idleTimeout = TimeAmount.seconds(75)

    func respond(to request: ServedRequest) -> StandInResponse {
        switch request.path.split(separator: "/").last {
        case "500": return Self.json("out of stock", status: .internalServerError)
        case "401": return Self.json("the service's own login is missing", status: .unauthorized)
        case "404": return .text("<html><body>Not found</body></html>\n", type: "text/html", status: .notFound)
        case "503":
            var response = Self.json("closed for stocktaking", status: .serviceUnavailable)
            response.headers.append(("retry-after", "7"))
            return response
        case "slow": return .silence
        case "reset": return .reset
        case "cut":
            var response = Self.json("this sentence will not be read to its", status: .ok)
            response.ending = .cut
            return response
        default: return Self.json("try 500, 404, 503, 401, slow, cut or reset", status: .ok)
        }
    }

    private static func json(_ message: String, status: HTTPResponseStatus) -> StandInResponse {
        .json(
            JSONWriter.object { writer in
                writer.member("service", SampleService.Kind.flaky.rawValue)
                writer.member("message", message)
            },
            status: status
        )
    }
}
