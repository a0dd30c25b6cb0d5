import Testing
import WeChatStandIn

@Suite("A number that is no port")
struct PortNumberTests {
    @Test("is refused before the socket library sees it, which would end the process", arguments: [-1, 65_536, 99_999])
    func refused(port: Int) async {
        await #expect(throws: SampleServerError.self) {
            _ = try await StandInServer.start(port: port, group: loops)
        }
        await #expect(throws: SampleServerError.self) {
            _ = try await SampleService.start(.orders, port: port, group: loops)
        }
    }

    @Test("is named")
    func named() {
        #expect("\(SampleServerError.noPort(99_999))" == "99999 is no port: ports are 0 to 65535")
    }
}
