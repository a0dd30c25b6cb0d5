import APICalls
import Cryptography
import NIOCore
import TestCertificates
import Testing

@testable import WeChatStandIn

@Suite("The stand-in over https", .timeLimit(.minutes(5)))
struct SecureStandInTests {
    private func run(_ body: (StandInServer, APIClient) async throws -> Void) async throws {
        let root = try TestAuthority()
        let server = try await StandInServer.start(
            port: 0,
            identity: root.issue(.init(names: "IP:127.0.0.1")).certified(),
            group: loops
        )
        let client = try APIClient(authorities: AuthorityStore(root.certificate.list))
        do {
            try await body(server, client)
        } catch {
            Issue.record(error)
        }
        await server.stop()
    }

    private func send(_ request: APIRequest, _ client: APIClient) async -> Result<APIResponse, APICallError> {
        await withCheckedContinuation { continuation in client.send(request) { continuation.resume(returning: $0) } }
    }

    private func post(
        _ path: String,
        _ body: String,
        _ server: StandInServer,
        _ client: APIClient
    ) async throws -> String {
        let request = APIRequest(url: server.baseURL + path, jsonBody: Array(body.utf8))
        return String(decoding: try await send(request, client).get().body, as: UTF8.self)
    }

    private func login(_ server: StandInServer, _ client: APIClient) async throws -> Result<APIResponse, APICallError> {
        let text = try await post("/stand-in/codes", "{}", server, client)
        let code = try #require(text.firstMatch(of: /"code":"([^"]+)"/)?.output.1)
        let query = "appid=wx1&secret=s&js_code=\(code)&grant_type=authorization_code"
        return await send(APIRequest(url: "\(server.baseURL)/sns/jscode2session?\(query)"), client)
    }

    @Test("its calls and its controls are there")
    func login() async throws {
        try await run { server, client in
            #expect(server.baseURL == "https://127.0.0.1:\(server.port)")
            let response = try await login(server, client).get()
            #expect(response.status == 200)
            #expect(String(decoding: response.body, as: UTF8.self).contains("session_key"))
        }
    }

    @Test("plain HTTP gets no answer")
    func plain() async throws {
        try await run { server, _ in
            let response = try RawClient(port: server.port).request("GET", "/stand-in/calls")
            #expect(response.status == 0 && response.end != nil)
        }
    }

    @Test("connections break as they do without TLS", arguments: ["reset", "cut"])
    func faults(_ fault: String) async throws {
        try await run { server, client in
            let order = #"{"fault":"\#(fault)","endpoint":"jscode2session"}"#
            _ = try await post("/stand-in/faults", order, server, client)
            let result = try await login(server, client)
            guard case .failure(let error) = result else {
                Issue.record("\(result)")
                return
            }
            #expect([.reset, .resent].contains(error), "\(error)")
        }
    }
}
