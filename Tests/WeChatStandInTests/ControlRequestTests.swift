import NIOCore
import NIOHTTP1
import Testing

@testable import WeChatStandIn

@Suite("What the stand-in can be told")
struct ControlRequestTests {
    @Test("An order for a code")
    func codeOrder() throws {
        let all = try CodeOrder(Array(#"{"openid":"o-1_A","unionid":"u","appId":"wx1"}"#.utf8))
        #expect(all.openid == "o-1_A" && all.unionid == "u" && all.appID == "wx1")
        for body in ["", "{}", #"{"openid":null}"#] {
            let none = try CodeOrder(Array(body.utf8))
            #expect(none.openid == nil && none.unionid == nil && none.appID == nil)
        }
    }

    @Test(
        "An order that is refused says why",
        arguments: [
            ("{", "the body is not JSON: "), ("[]", "the body must be a JSON object"),
            (#"{"opneid":"x"}"#, "unknown member at byte 1; known: openid, unionid, appId"),
            (#"{"openid":1}"#, "\"openid\" must be a string"),
            (#"{"openid":""}"#, "\"openid\" must be 1 to 64 letters, digits, - or _"),
            (#"{"unionid":"a b"}"#, "\"unionid\" must be 1 to 64 letters, digits, - or _"),
            (
                #"{"appId":"\#(String(repeating: "a", count: 65))"}"#,
                "\"appId\" must be 1 to 64 letters, digits, - or _"
            ),
        ]
    )
    func badCodeOrder(_ body: String, _ message: String) {
        let error = #expect(throws: ControlFault.self) { try CodeOrder(Array(body.utf8)) }
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }

    @Test(
        "A fault",
        arguments: [
            (#"{"fault":"reset"}"#, Fault(kind: .reset)),
            (#"{"fault":"slow"}"#, Fault(kind: .slow, delay: .seconds(10))),
            (#"{"fault":"slow","delay":"250ms","count":3}"#, Fault(kind: .slow, count: 3, delay: .milliseconds(250))),
            (#"{"fault":"errcode","errcode":45009}"#, Fault(kind: .errcode, errcode: 45009)),
            (#"{"fault":"errcode","errcode":-1}"#, Fault(kind: .errcode, errcode: -1)),
            (#"{"fault":"html","delay":"2s"}"#, Fault(kind: .html, delay: .seconds(2))),
            (#"{"fault":"reset","endpoint":"stable_token"}"#, Fault(kind: .reset, endpoint: .stableToken)),
            (
                #"{"fault":"cut","delay":"10m","count":1000000}"#,
                Fault(kind: .cut, count: 1_000_000, delay: .minutes(10))
            ),
        ]
    )
    func fault(_ body: String, _ expected: Fault) throws {
        #expect(try Fault(Array(body.utf8)) == expected)
    }

    @Test("Every fault has a name", arguments: FaultKind.allCases)
    func names(_ kind: FaultKind) throws {
        let fault = try Fault(Array(#"{"fault":"\#(kind.rawValue)"\#(kind == .errcode ? #","errcode":1"# : "")}"#.utf8))
        #expect(fault.kind == kind)
    }

    @Test(
        "A fault that is refused says why",
        arguments: [
            ("", "\"fault\" must be one of errcode, slow, "), (#"{"fault":"rest"}"#, "\"fault\" must be one of "),
            (#"{"fault":7}"#, "\"fault\" must be a string"),
            (#"{"fault":"reset","count":0}"#, "\"count\" must be between 1 and 1000000"),
            (#"{"fault":"reset","count":1000001}"#, "\"count\" must be between 1 and 1000000"),
            (#"{"fault":"reset","count":1.5}"#, "\"count\" must be a whole number"),
            (#"{"fault":"reset","errcode":1}"#, "\"errcode\" goes with "),
            (#"{"fault":"errcode"}"#, "\"errcode\" is missing"),
            (#"{"fault":"reset","endpoint":"token"}"#, "\"endpoint\" must be one of jscode2session, "),
            (#"{"fault":"missing-openid","endpoint":"checksession"}"#, "\"missing-openid\" is for jscode2session"),
            (#"{"fault":"errcode","errcode":0}"#, "\"errcode\" goes with "),
            (#"{"fault":"errcode","errcode":99999999999}"#, "\"errcode\" goes with "),
            (#"{"fault":"slow","delay":"2"}"#, "\"delay\" must be a duration"),
            (#"{"fault":"slow","delay":"-2s"}"#, "\"delay\" must be a duration"),
            (#"{"fault":"slow","delay":"11m"}"#, "\"delay\" must be a duration"),
            (#"{"fault":"slow","delay":"99999999999999999999s"}"#, "\"delay\" must be a duration"),
            (#"{"fault":"slow","delay":"٣s"}"#, "\"delay\" must be a duration"),
            (#"{"fault":"slow","delay":2}"#, "\"delay\" must be a string"),
            (
                #"{"fault":"slow","times":2}"#,
                "unknown member at byte 16; known: fault, endpoint, count, delay, errcode"
            ),
        ]
    )
    func badFault(_ body: String, _ message: String) {
        let error = #expect(throws: ControlFault.self) { try Fault(Array(body.utf8)) }
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }

    @Test(
        "A query's parameter is decoded as a form's",
        arguments: [
            ("a=1&b=2", "b", "2"), ("b=1&b=2", "b", "1"), ("b", "b", ""), ("b=", "b", ""), ("a=1", "b", nil),
            ("b=x%20y+z", "b", "x y z"), ("%62=%E7%A5%9E", "b", "神"), ("b=1=2", "b", "1=2"), ("b=%4", "b", "%4"),
            ("b=%zz%", "b", "%zz%"), ("&&b=1", "b", "1"),
        ] as [(String, String, String?)]
    )
    func parameter(_ query: String, _ name: String, _ value: String?) {
        let request = ServedRequest(HTTPRequestHead(version: .http1_1, method: .GET, uri: "/p?\(query)"))
        #expect(request.path == "/p" && request.query == query)
        #expect(request.parameter(name) == value)
    }

    @Test("Filling is numbered lines, the same in every block")
    func filling() {
        let block = Filling.block(ByteBufferAllocator())
        #expect(block.readableBytes == Filling.blockSize)
        #expect(block.getString(at: 0, length: 32) == "000000000000000\n000000000000001\n")
        #expect(block.getString(at: 65520, length: 16) == "000000000000fff\n")
        #expect(Filling.byte(at: 65536 + 30) == UInt8(ascii: "1"))
    }
}
