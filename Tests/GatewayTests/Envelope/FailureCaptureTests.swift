import Gateway
import JSON
import NIOCore
import RandomJSON
import Testing

@Suite("A service's failing body becomes data")
struct FailureCaptureTests {
    @Test(arguments: [
        (#"{"error":"sold out"}"#, "application/json", #""data":{"error":"sold out"},"status":500"#),
        (" \n[1, 2]\r\n", "application/json", #""data":[1, 2],"status":500"#),
        ("\"x\"", "application/json; charset=utf-8", #""data":"x","status":500"#),
        ("404", "application/json", #""data":404,"status":500"#),
        ("404", "text/plain", #""data":"404","status":500"#),
        (#"{"errcode":-1}"#, "text/plain", #""data":{"errcode":-1},"status":500"#),
        (#"{"a":1}"#, "", #""data":{"a":1},"status":500"#),
        (#"{"a":"\ud83d\udc00x\ud800"}"#, "application/json", #""data":{"a":"\ud83d\udc00x\ud800"},"status":500"#),
        ("<h1 class=\"x\">\n</h1>", "text/html", #""data":"<h1 class=\"x\">\n</h1>","status":500"#),
        ("", "application/json", #""data":"","status":500"#),
        (" ", "application/json", #""data":" ","status":500"#),
        (#"{"a":1"#, "application/json", #""data":"{\"a\":1","status":500"#),
        (#"{"a":1}}"#, "application/json", #""data":"{\"a\":1}}","status":500"#),
        (#""x","status":200"#, "application/json", #""data":"\"x\",\"status\":200","status":500"#),
        (#"1},"code":10000"#, "application/json", #""data":"1},\"code\":10000","status":500"#),
        ("\u{FEFF}{}", "application/json", "\"data\":\"\u{FEFF}{}\",\"status\":500"),
        (
            "{\"a\":\"\u{2028}\u{2029}\u{7F}\u{85}\"}", "application/json",
            #""data":{"a":"\u2028\u2029\u007f\u0085"},"status":500"#
        ),
        ("a\u{2028}\u{0}\u{1B}[0m\u{85}", "text/plain", #""data":"a\u2028\u0000\u001b[0m\u0085","status":500"#),
    ])
    func bodiesAreEmbeddedByWhatTheyAre(text: String, type: String, data: String) throws {
        let bytes = text.bytes
        for split in 0...bytes.count {
            #expect(captured([Array(bytes[..<split]), Array(bytes[split...])], type: type) == failure(data))
        }
        #expect(captured(bytes.map { [$0] }, type: type, length: bytes.count) == failure(data))
        // An escape that is half of a pair is grammatical JSON, which this reader refuses.
        let root = try parsed(failure(data).replacing(#"\ud800"#, with: "?"))
        #expect(root.members?.map(\.name) == ["code", "msg", "data", "reason", "relogin", "replay", "requestId"])
        #expect(root["data"]?.members?.map(\.name) == ["data", "status"])
    }

    @Test func brokenUTF8IsRepaired() {
        #expect(
            captured([[0x61, 0xFF, 0xC3, 0x28, 0xE7, 0xA5]])
                == failure("\"data\":\"a\u{FFFD}\u{FFFD}(\u{FFFD}\",\"status\":500")
        )
        #expect(captured([[0x22, 0xFF, 0x22]]) == failure("\"data\":\"\\\"\u{FFFD}\\\"\",\"status\":500"))
    }

    @Test(arguments: [401, 404, 503, 599]) func theInnerStatusIsTheServicesOwn(status: Int) {
        #expect(captured(["{}".bytes], status: status) == failure(#""data":{},"status":\#(status)"#))
    }

    @Test func aBodyAtTheLimitIsWhole() {
        let text = "\"" + String(repeating: "x", count: 65534) + "\""
        #expect(captured([text.bytes]) == failure(#""data":\#(text),"status":500"#))
    }

    @Test func aLargerOneIsCutAndMarked() {
        let start = #"{"a":""# + String(repeating: "x", count: 65530)
        let expected = failure(#""data":"{\"a\":\"\#(start.dropFirst(6))","status":500,"truncated":true"#)
        #expect(captured([(start + "\"}").bytes]) == expected)
        #expect(captured([start.bytes, "\"}".bytes]) == expected)
    }

    @Test(arguments: ["é", "神", "😀"]) func theCutFallsBetweenCharacters(character: String) throws {
        for limit in 8...16 {
            let text = captured([String(repeating: character, count: 20).bytes], type: "text/plain", limit: limit)
            let whole = String(repeating: character, count: limit / character.utf8.count)
            #expect(text == failure(#""data":"\#(whole)","status":500,"truncated":true"#))
        }
    }

    @Test func tenMebibytesCostNoMoreThanTheLimit() {
        let type = "text/html".bytes
        let none: [UInt8] = []
        let id = "0199".bytes
        var capture = FailureCapture(contentType: type.span, contentEncoding: none.span, contentLength: 10 << 20)
        let piece = ByteBuffer(repeating: 0x01, count: 64 << 10)
        var needed = 0
        for _ in 0..<160 {
            needed += capture.isFull ? 0 : 1
            capture.append(piece)
        }
        #expect(needed == 2)
        var body = ByteBuffer()
        capture.finish(status: 500, requestID: id.span, into: &body)
        #expect(body.readableBytes < 6 * 65536 + 256)
        #expect(
            String(buffer: body).hasSuffix(
                #"","status":500,"truncated":true},"reason":"UPSTREAM_STATUS","relogin":false,"replay":false,"requestId":"0199"}"#
            )
        )
    }

    @Test func aBodyThatBreaksOffIsMarked() {
        let expected = failure(#""data":"{}","status":502,"truncated":true"#)
        #expect(captured(["{}".bytes], status: 502, isWhole: false) == expected)
        #expect(captured(["{}".bytes], status: 502, length: 3) == expected)
        #expect(captured([], status: 502, length: 3) == failure(#""data":"","status":502,"truncated":true"#))
    }

    @Test func nestingToTheLimitIsEmbedded() throws {
        for (depth, isEmbedded) in [(128, true), (129, false)] {
            let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            let data = isEmbedded ? text : "\"\(text)\""
            #expect(captured([text.bytes]) == failure(#""data":\#(data),"status":500"#))
        }
    }

    @Test func anySplitOfARandomBodyGivesTheSame() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = RandomJSON(seed: seed)
        for _ in 0..<500 {
            let text = random.damaged(random.text())
            let limit = Int.random(in: 0...80, using: &random.generator)
            let whole = captured([text], limit: limit)
            for _ in 0..<4 {
                var cuts = pieces(of: text, using: &random.generator)
                cuts.append([])
                #expect(captured(cuts, limit: limit) == whole, "seed \(seed): \(text)")
            }
            let reader = JSONReader(duplicates: .keepLast, unpairedSurrogates: .replace, maximumDepth: 130)
            let root = try reader.read(whole.bytes)
            #expect(root["code"]?.integer == 30000 && root["data"]?["status"]?.integer == 500, "seed \(seed): \(text)")
        }
    }
}

@Suite("An envelope is not wrapped twice")
struct NestedEnvelopeTests {
    private static let constant = "\"Third-party service error!\""

    @Test(arguments: [
        (#"{"code":30000,"data":{"status":404}}"#, constant, #"{"status":404}"#),
        (#"{"code":30000,"msg":"Inner!","data":{"status":404},"relogin":true}"#, "\"Inner!\"", #"{"status":404}"#),
        (
            #"{ "relogin" : true , "code":30000,"data" : { "data":[1 ], "status":404 } }"#, constant,
            #"{ "data":[1 ], "status":404 }"#
        ),
        (
            #"{"auth":{"token":"planted"},"code":30000,"d\u0061ta":{"status":404} , "replay":true}"#, constant,
            #"{"status":404}"#
        ),
        (#"{"code":30000,"data":{"status":404},"msg":{"auth":1}}"#, constant, #"{"status":404}"#),
        (
            "\n{\"code\":30000,\"data\":{\"status\":404,\"x\":\"\u{85}\"},\"msg\":\"\u{2028}\"\n}\n", #""\u2028""#,
            #"{"status":404,"x":"\u0085"}"#
        ),
        (
            #"{"code":30000,"data":{"data":"\ud800","status":404},"auth":{}}"#, constant,
            #"{"data":"\ud800","status":404}"#
        ),
    ])
    func itsMessageAndItsDataAreTakenOver(text: String, message: String, data: String) {
        let expected =
            #"{"code":30000,"msg":\#(message),"data":\#(data),"reason":"UPSTREAM_STATUS","#
            + #""relogin":false,"replay":false,"requestId":"0199"}"#
        #expect(captured([text.bytes]) == expected)
    }

    @Test func theGatewaysOwnPassesAsItIs() {
        let own = failure(#""data":{"a":1},"status":401"#)
        #expect(captured([own.bytes]) == own)
    }

    @Test(arguments: [
        #"{"code":30001,"data":{"status":404}}"#, #"{"code":"30000","data":{"status":404}}"#, #"{"code":30000}"#,
        #"{"code":30000,"data":{"status":"404"}}"#, #"{"code":30000,"data":404}"#, #"[30000]"#,
        #"{"code":20003,"data":{"status":401},"relogin":true}"#, #"{"code":3e4,"data":{"status":404}}"#,
        #"{"code":30000,"data":{"status":404},"relogin":false,"relogin":true}"#,
        #"{"code":30000,"data":{"status":404},"relogin":false,"relogi\u006E":true}"#,
    ])
    func whatIsNoneIsEmbedded(text: String) {
        #expect(captured([text.bytes]) == failure(#""data":\#(text),"status":500"#))
    }

    @Test func oneThatIsTooLargeIsCutLikeAnyOther() throws {
        let text =
            #"{"code":30000,"data":{"status":404},"relogin":true,"x":""# + String(repeating: "x", count: 65536) + "\"}"
        let root = try parsed(captured([text.bytes]))
        #expect(root["relogin"]?.bool == false && root["data"]?["truncated"]?.bool == true)
    }
}
