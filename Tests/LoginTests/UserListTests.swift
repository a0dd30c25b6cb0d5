import Login
import Sessions
import Testing

@Suite("A list of users from elsewhere")
struct UserListTests {
    private static let line = #"{"appId":"wx1","openid":"o1","userId":"u1"}"#

    private func read(_ lines: [String]) -> (users: [ImportedUser], faults: [String]) {
        var reader = UserListReader(appIDs: ["wx1", "wx2"])
        var result: (users: [ImportedUser], faults: [String]) = ([], [])
        for line in lines {
            do throws(UserListReader.Fault) {
                if let user = try reader.read(Array(line.utf8)) { result.users.append(user) }
            } catch {
                result.faults.append("\(error)")
            }
        }
        return result
    }

    @Test("each line is a user; blank lines, the end of DOS lines and the order of members do not matter")
    func good() {
        let result = read([
            Self.line, "", " \t\r", #" {"unionid":"oc","userId":"team:7","openid":"o2","appId":"wx2"} "# + "\r",
            #"{"appId":"wx2","openid":"o1","userId":"u1"}"#,
        ])
        #expect(result.faults.isEmpty)
        #expect(
            result.users == [
                ImportedUser(user: UserKey(appID: "wx1", openid: "o1"), userID: "u1", unionid: nil),
                ImportedUser(user: UserKey(appID: "wx2", openid: "o2"), userID: "team:7", unionid: "oc"),
                ImportedUser(user: UserKey(appID: "wx2", openid: "o1"), userID: "u1", unionid: nil),
            ]
        )
    }

    @Test(
        "what is wrong is said with its line, and quotes no value",
        arguments: [
            ("{", "not JSON"), ("[]", "not a JSON object"), ("7", "not a JSON object"),
            (#"{"openid":"secret","userId":"u"}"#, #""appId" is missing"#),
            (#"{"appId":"secret","openid":"o","userId":"u"}"#, "configured"),
            (#"{"appId":"wx1","userId":"secret"}"#, #""openid" is missing"#),
            (#"{"appId":"wx1","openid":"user:secret","userId":"u"}"#, "colon"),
            (#"{"appId":"wx1","openid":"a secret","userId":"u"}"#, #""openid" must be a string of 1 to 256"#),
            (#"{"appId":"wx1","openid":"o"}"#, #""userId" is missing"#),
            (#"{"appId":"wx1","openid":"o","userId":7}"#, #""userId" must be"#),
            (#"{"appId":"wx1","openid":"o","userId":":secret"}"#, "must not begin with a colon"),
            (#"{"appId":"wx1","openid":"o","userId":"u","unionid":""}"#, #""unionid" must be"#),
            (#"{"appId":"wx1","openid":"o","userId":"u","unionid":null}"#, #""unionid" must be"#),
            (#"{"appId":"wx1","openid":"o","userId":"u","unionId":"secret"}"#, "unknown member"),
            (#"{"appId":"wx1","openid":"o","userId":"u","userId":"v"}"#, "not JSON"),
            (line, "the same user as in line 1"),
            (
                #"{"appId":"wx1","openid":"\#(String(repeating: "o", count: 16_400))","userId":"u"}"#,
                "larger than 16384"
            ),
        ]
    )
    func faults(_ line: String, _ words: String) throws {
        let result = read([Self.line, line])
        #expect(result.users.count == 1)
        let fault = try #require(result.faults.first)
        #expect(fault.hasPrefix("line 2: ") && fault.contains(words) && !fault.contains("secret"), "\(fault)")
    }
}
