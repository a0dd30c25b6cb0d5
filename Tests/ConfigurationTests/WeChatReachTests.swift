import Configuration
import Testing

@Suite("How WeChat is reached, as routes.json says it")
struct WeChatReachTests {
    private static let environment = ConfigurationEnvironment(
        variable: { _ in nil },
        contents: { path in
            let files = ["ca.pem": SamplePEM.certificate, "empty.pem": "", "key.pem": SamplePEM.key]
            return files[path].map { .success(Array($0.utf8)) } ?? .failure(FileProblem(reason: "No such file"))
        }
    )

    private func load(_ members: String, appMembers: String = "") -> LoadResult {
        Fixture.load(
            ["wechat": #"{\#(members)"apps":[{"appId":"wx1","secret":{"value":"app"}\#(appMembers)}]}"#],
            environment: Self.environment
        )
    }

    @Test("The machine's authorities and no proxy, unless it says otherwise")
    func defaults() throws {
        let weChat = try #require(load("").configuration?.weChat)
        #expect(weChat.authorities == nil && weChat.proxy == nil)
        #expect(weChat.baseURLs == ["https://api.weixin.qq.com"])
    }

    @Test("Authorities are read with the file")
    func authorities() throws {
        let result = load(#""ca":"ca.pem","#)
        #expect(result.summaries == [] && result.warnings.filter { "\($0)".contains("/wechat/ca") }.isEmpty)
        let file = try #require(result.configuration?.weChat.authorities)
        #expect(file.path == "ca.pem" && file.bytes == Array(SamplePEM.certificate.utf8))
    }

    @Test(
        "A proxy is a plain HTTP URL with host and port",
        arguments: [
            ("http://proxy.internal:3128", "http://proxy.internal:3128"), ("HTTP://Proxy:8080", "http://proxy:8080"),
            ("http://[::1]:3128", "http://[::1]:3128"), ("http://10.0.0.1:80", "http://10.0.0.1:80"),
        ]
    )
    func proxy(text: String, proxy: String) {
        #expect(load(#""proxy":"\#(text)","#).configuration?.weChat.proxy == proxy)
    }

    @Test(
        "What cannot be used is a fault at its place",
        arguments: [
            (#""ca":"missing.pem""#, "/wechat/ca: this file cannot be read"),
            (#""ca":"empty.pem""#, "/wechat/ca: this file holds no certificate"),
            (#""ca":"key.pem""#, "/wechat/ca: this file holds no certificate"), (#""ca":7"#, "/wechat/ca: "),
            (#""proxy":"http://proxy.internal""#, "/wechat/proxy: the URL has no port"),
            (#""proxy":"https://proxy:3128""#, "/wechat/proxy: the URL must begin with http://"),
            (#""proxy":"socks5://proxy:1080""#, "/wechat/proxy: the URL must begin with http://"),
            (#""proxy":"proxy:3128""#, "/wechat/proxy: the URL must begin with http://"),
            (
                #""proxy":"http://user:word@proxy:3128""#,
                "/wechat/proxy: the URL must not contain a user name or password"
            ),
            (#""proxy":"http://proxy:3128/""#, "/wechat/proxy: the URL must not have a path"),
            (#""proxy":"http://proxy:0""#, "/wechat/proxy: the URL has no valid host and port"),
        ]
    )
    func faults(members: String, fault: String) {
        let summaries = load(members + ",").summaries
        #expect(summaries.count == 1 && summaries.allSatisfy { $0.hasPrefix(fault) }, "\(summaries)")
        #expect(!summaries.contains { $0.contains("word@") })
    }

    @Test(
        "What has no effect is a warning",
        arguments: [
            (#""ca":"ca.pem","baseURL":"http://127.0.0.1:9","#, "", ["/wechat/ca"]),
            (#""ca":"ca.pem","baseURL":"http://127.0.0.1:9","#, #","baseURL":"https://h""#, []),
            (#""ca":"ca.pem","#, #","baseURL":"http://127.0.0.1:9""#, ["/wechat/ca"]),
            (#""proxy":"http://p:1","baseURL":"https://localhost","#, "", ["/wechat/proxy"]),
            (#""proxy":"http://p:1","baseURL":"https://[::1]:9","#, "", ["/wechat/proxy"]),
            (#""proxy":"http://p:1","baseURL":"https://localhost","#, #","baseURL":"https://h""#, []),
            (#""proxy":"http://p:1","#, "", []),
        ]
    )
    func warnings(members: String, appMembers: String, places: [String]) {
        let result = load(members, appMembers: appMembers)
        #expect(result.summaries == [])
        let warnings = result.warnings.map { "\($0)" }.filter { $0.contains("has no effect") }
        #expect(warnings.count == places.count)
        for place in places { #expect(warnings.contains { $0.contains(place) }, "\(warnings)") }
    }
}
