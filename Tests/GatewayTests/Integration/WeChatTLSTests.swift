import Configuration
import ScriptedServer
import TestCertificates
import Testing
import WeChatStandIn

@testable import Gateway

@Suite("WeChat over https")
struct WeChatTLSTests {
    /// A stand-in behind TLS, and the authority of its certificate as a file.
    private struct World: Sendable {
        let front: TLSFront
        let folder: TestFolder
        let ca: String
        let otherCA: String

        init(for names: String, standIn port: Int) async throws {
            let root = try TestAuthority()
            front = try await TLSFront.start(root.issue(.init(names: names)).certified(), to: port)
            folder = try TestFolder()
            ca = try folder.file("ca.pem", root.certificate.pem)
            otherCA = try folder.file("other.pem", TestAuthority(subject: "Other").certificate.pem)
        }
    }

    /// Runs a gateway whose WeChat is at `baseURL`, an app of the stand-in of `bench` behind TLS.
    private func run(
        names: String = "IP:127.0.0.1",
        log: RecordedLog? = nil,
        wechat: @Sendable (World) async throws -> (baseURL: String, members: String),
        _ body: @Sendable (World, @Sendable () throws -> RawResponse) async throws -> Void
    ) async throws {
        try await LoginBench.run { bench in
            let world = try await World(for: names, standIn: bench.standIn.port)
            let (baseURL, members) = try await wechat(world)
            let service = try TellingService.start()
            let secret = #"[{"appId":"\#(TestGateway.appID)","secret":{"value":"an-app-secret"}}]"#
            let section = #"{"baseURL":"\#(baseURL)","apps":\#(secret)\#(members)}"#
            // Beside the gateway of the bench, which has its turn already.
            let gateway = try await TestGateway.start(
                services: ["s": .scripted(service)],
                members: ["wechat": section],
                log: log
            )
            do {
                try await body(world) {
                    let code = try bench.code()
                    return try gateway.client().request("POST", "/auth/login", body: #"{"code":"\#(code)"}"#)
                }
            } catch {
                Issue.record(error)
            }
            try await gateway.stop()
            service.stop()
        }
    }

    @Test("wechat.ca vouches for its certificate, and one connection serves login after login")
    func trusted() async throws {
        try await run(wechat: { ($0.front.baseURL, #","ca":"\#($0.ca)""#) }) { world, login in
            for _ in 0..<5 {
                let outcome = try login().outcome
                #expect(outcome == "200 10000 -")
            }
            #expect(world.front.handshakes == 1)
        }
    }

    @Test("an authority that wechat.ca does not name, or the machine does not know, is not trusted")
    func untrusted() async throws {
        for names in ["other", "system"] {
            let recorded = RecordedLog()
            try await run(
                log: recorded,
                wechat: { ($0.front.baseURL, names == "other" ? #","ca":"\#($0.otherCA)""# : "") },
                { world, login in
                    let answer = try login()
                    #expect(answer.outcome == "503 30000 WECHAT_UNAVAILABLE")
                    #expect(answer.relogin == false)
                    #expect(world.front.handshakes == 0)
                }
            )
            #expect(recorded.lines.contains { $0.contains("tls_failed") }, "\(recorded.lines)")
        }
    }

    @Test("a certificate for another name is refused, whoever vouches for it")
    func wrongName() async throws {
        try await run(
            names: "IP:127.0.0.2, DNS:api.weixin.qq.com",
            wechat: { ($0.front.baseURL, #","ca":"\#($0.ca)""#) },
            { _, login in
                let outcome = try login().outcome
                #expect(outcome == "503 30000 WECHAT_UNAVAILABLE")
            }
        )
    }

    @Test("wechat.proxy carries the exchange to a name that only the proxy knows")
    func proxy() async throws {
        let proxies = Watched<[ConnectProxy]>([])
        try await run(
            names: "DNS:api.weixin.test",
            wechat: { world in
                let proxy = try await ConnectProxy.start(to: world.front.port)
                proxies.withLock { $0.append(proxy) }
                return ("https://api.weixin.test", #","ca":"\#(world.ca)","proxy":"\#(proxy.url)""#)
            },
            { _, login in
                for _ in 0..<3 {
                    let outcome = try login().outcome
                    #expect(outcome == "200 10000 -")
                }
            }
        )
        let heads = proxies.withLock { $0.flatMap(\.requests) }
        #expect(heads.count == 1 && heads.allSatisfy { $0.hasPrefix("CONNECT api.weixin.test:443 ") }, "\(heads)")
        #expect(!heads.contains { $0.contains("js_code") || $0.contains("an-app-secret") })
    }
}
