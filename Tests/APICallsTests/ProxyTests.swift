import APICalls
import Cryptography
import ScriptedServer
import TestCertificates
import Testing

@Suite("A proxy", .timeLimit(.minutes(5)))
struct ProxyTests {
    /// A server with a certificate for `api.test`, a name that only the proxy knows.
    private struct World {
        let server: ScriptedServer
        let front: TLSFront
        let store: AuthorityStore

        init() async throws {
            let root = try TestAuthority()
            server = try ScriptedServer { .answer(http("answer to \($0.target)")) }
            let identity = try root.issue(.init(names: "DNS:api.test")).certified()
            front = try await TLSFront.start(identity, to: Int(server.port))
            store = try AuthorityStore(root.certificate.list)
        }
    }

    @Test("sees a CONNECT with the host's name, and nothing of the calls through its tunnel")
    func tunnel() async throws {
        let world = try await World()
        let proxy = try await ConnectProxy.start(to: world.front.port)
        let client = try APIClient(authorities: world.store, proxy: proxy.url)
        for number in 1...3 {
            let result = await client.get("https://api.test/\(number)?secret=s")
            #expect(result.text == "answer to /\(number)?secret=s", "\(result)")
        }
        #expect(proxy.requests.count == 1 && world.front.handshakes == 1)
        #expect(proxy.requests.allSatisfy { $0.hasPrefix("CONNECT api.test:443 HTTP/1.1\r\n") }, "\(proxy.requests)")
        #expect(!proxy.requests.contains { $0.contains("secret") })
    }

    @Test("does not vouch for the server behind it")
    func verification() async throws {
        let world = try await World()
        let proxy = try await ConnectProxy.start(to: world.front.port)
        let trusting = try APIClient(authorities: world.store, proxy: proxy.url)
        #expect(await trusting.get("https://other.test/").error == .tls)
        let other = try AuthorityStore(TestAuthority().certificate.list)
        #expect(try await APIClient(authorities: other, proxy: proxy.url).get("https://api.test/").error == .tls)
        #expect(proxy.requests.count == 2 && world.server.requests.isEmpty)
    }

    @Test("that refuses the tunnel, or is not there, fails the call", arguments: [403, 407, 502])
    func refusal(status: Int) async throws {
        let world = try await World()
        let proxy = try await ConnectProxy.start(to: world.front.port, refusingWith: status)
        let client = try APIClient(authorities: world.store, proxy: proxy.url)
        #expect(await client.get("https://api.test/").error == .connect)
        #expect(proxy.requests.count == 1)
        let port = try DeafPort()
        let lost = try APIClient(authorities: world.store, proxy: "http://127.0.0.1:\(port.number)")
        #expect(await lost.get("https://api.test/").error == .connect)
        #expect(world.server.requests.isEmpty && world.front.connections == 0)
    }

    @Test("is passed by for loopback addresses, and for calls that ask for that")
    func direct() async throws {
        let server = try ScriptedServer { .answer(http($0.target)) }
        let port = try DeafPort()
        let client = try APIClient(proxy: "http://127.0.0.1:\(port.number)")
        #expect(await client.get(server.baseURL + "/a").text == "/a")
        let request = APIRequest(url: "http://no-such-name.invalid/", jsonBody: Array("{}".utf8), isDirect: true)
        let result = await withCheckedContinuation { continuation in
            client.send(request) { continuation.resume(returning: $0) }
        }
        #expect(result.error == .resolve)
    }
}
