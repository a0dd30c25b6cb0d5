import Configuration
import Testing

@Suite("Keys and issuers of tokens in routes.json")
struct TokenKeyFaultTests {
    private static func load(_ tokens: String, services: String? = nil) -> LoadResult {
        var replacements: [String: String?] = ["tokens": #"{"issuer":"i",\#(tokens)}"#]
        if let services { replacements["services"] = services }
        return Fixture.load(replacements, environment: TestKeys.environment)
    }

    private static let hmac = #"{"id":"k","algorithm":"HS256","secret":{"value":"\#(Fixture.secret)"}}"#

    @Test(
        "Every algorithm signs with a private key and verifies with a public one",
        arguments: [("ES256", "es256"), ("EdDSA", "eddsa"), ("RS256", "rs256")]
    )
    func keys(_ algorithm: String, _ name: String) throws {
        let result = Self.load(
            """
            "signingKeys":[{"id":"a","algorithm":"\(algorithm)","privateKey":{"file":"\(name)"}},
                           {"id":"b","algorithm":"\(algorithm)","publicKey":{"file":"\(name).pub"}}]
            """
        )
        #expect(result.summaries == [])
        let keys = try #require(result.configuration).tokens.signingKeys
        #expect(keys.map(\.algorithm.rawValue) == [algorithm, algorithm])
        var pem = TestKeys.pem(name)
        pem.removeLast()
        #expect(keys[0].keyMaterial == pem, "what other keys are derived from")
        #expect(keys[0].privateKey == Secret(pem))
        #expect(keys[1].publicKey != nil)
        #expect(keys[1].keyMaterial == [])
    }

    @Test("The secret is what other keys are derived from with HS256")
    func material() throws {
        let configuration = try #require(Self.load(#""signingKeys":[\#(Self.hmac)]"#).configuration)
        #expect(configuration.tokens.signingKeys[0].keyMaterial == Array(Fixture.secret.utf8))
    }

    typealias Example = (tokens: String, summary: String)

    static let keyFaults: [Example] = [
        (
            key("ES256", #""privateKey":{"file":"eddsa"}"#),
            "/privateKey: this is not a key for ES256, which needs a P-256 key; "
                + "generate one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"
        ),
        (key("ES256", #""privateKey":{"file":"p384"}"#), "/privateKey: this is not a key for ES256"),
        (key("EdDSA", #""privateKey":{"file":"rs256"}"#), "/privateKey: this is not a key for EdDSA"),
        (key("RS256", #""privateKey":{"file":"es256"}"#), "/privateKey: this is not a key for RS256"),
        (key("RS256", #""privateKey":{"file":"rsa1024"}"#), "/privateKey: the RSA key is shorter than 2048 bits"),
        (key("RS256", #""privateKey":{"file":"rsapss"}"#), "/privateKey: this is not a key for RS256"),
        (key("ES256", #""privateKey":{"file":"es256.encrypted"}"#), "/privateKey: the PEM file is encrypted"),
        (key("ES256", #""privateKey":{"file":"es256.pub"}"#), "/privateKey: this is not a PEM file with a private key"),
        (key("ES256", #""privateKey":{"value":"x"}"#), "/privateKey: this is not a PEM file with a private key"),
        (key("ES256", #""privateKey":{"file":"missing"}"#), "/privateKey/file: this file cannot be read"),
        (
            key("ES256", #""publicKey":{"file":"es256.pub"}"#),
            "/publicKey: the first key signs tokens, which a public key cannot do"
        ),
        (
            key("ES256", #""secret":{"value":"\#(Fixture.secret)"}"#),
            #"/secret: a key for ES256 must not have "secret"; write "privateKey""#
        ),
        (
            key("HS256", #""privateKey":{"file":"es256"}"#),
            #"/privateKey: a key for HS256 must not have "privateKey"; write "secret""#
        ),
        (
            key("HS256", #""secret":{"value":"\#(Fixture.secret)"},"publicKey":{"file":"es256.pub"}"#),
            "/publicKey: a key for HS256"
        ),
        (key("HS256", ""), #"/secret: this key is required; for example {"file": "keys/token.key"}"#),
        (key("RS256", ""), #"/privateKey: this key is required; for example {"file": "keys/token.pem"}"#),
        (
            key("ES256", #""privateKey":{"file":"es256"},"publicKey":{"file":"es256.pub"}"#),
            "/publicKey: the private key already contains the public key"
        ),
        (
            key("ES384", #""privateKey":{"file":"p384"}"#),
            #"/algorithm: "ES384" is not one of "HS256", "ES256", "EdDSA", "RS256""#
        ),
    ]

    private static func key(_ algorithm: String, _ members: String) -> String {
        #"{"id":"k","algorithm":"\#(algorithm)"\#(members.isEmpty ? "" : ",")\#(members)}"#
    }

    @Test("A key that cannot be used is one fault, at its place", arguments: keyFaults)
    func keyFault(_ example: Example) {
        let result = Self.load(#""signingKeys":[\#(example.tokens)]"#)
        #expect(result.faults.count == 1, "\(result.summaries)")
        #expect(
            result.summaries.first?.hasPrefix("/tokens/signingKeys/0" + example.summary) == true,
            "\(result.summaries)"
        )
        #expect(result.faults.first?.line == 4)
        #expect((result.faults.first?.column ?? 0) > 20)
    }

    static let otherFaults: [Example] = [
        (#""renewBefore":"1500ms""#, "/tokens/renewBefore: must be whole seconds"),
        (#""renewBefore":"2h""#, #"/tokens/renewBefore: is not shorter than "lifetime""#),
        (#""lifetime":"10m","renewBefore":"11m""#, #"/tokens/renewBefore: is not shorter than "lifetime""#),
        (#""renewBefore":5"#, "/tokens/renewBefore: must be"),
        (#""issuers":[{"issuer":"f","audience":"a"}]"#, "/tokens/issuers/0: the issuer's keys are missing; write"),
        (
            #""issuers":[{"issuer":"f","audience":"a","jwksURL":"https://h/","jwksFile":"good.json"}]"#,
            "/tokens/issuers/0/jwksFile: the issuer's keys must have exactly one source"
        ),
        (#""issuers":[{"audience":"a","jwksURL":"https://h/"}]"#, "/tokens/issuers/0/issuer: this key is required"),
        (#""issuers":[{"issuer":"f","jwksURL":"https://h/"}]"#, "/tokens/issuers/0/audience: this key is required"),
        (
            #""issuers":[{"issuer":"i","audience":"a","jwksURL":"https://h/"}]"#,
            "/tokens/issuers/0/issuer: this is the gateway's own issuer"
        ),
        (
            #""issuers":[{"issuer":"f","audience":"a","jwksURL":"https://h/"},{"issuer":"f","audience":"b","jwksURL":"https://g/"}]"#,
            #"/tokens/issuers/1/issuer: the issuer "f" is listed twice"#
        ),
        (url("http://login.example.com/jwks"), "/tokens/issuers/0/jwksURL: over http, an attacker on the network"),
        (url("ftp://h/"), "/tokens/issuers/0/jwksURL: the URL must begin with https://"),
        (url("https://u:hunter2@h/"), "/tokens/issuers/0/jwksURL: the URL must not contain a user name or password"),
        (url("https://h/#x"), "/tokens/issuers/0/jwksURL: the URL must not contain a fragment"),
        (url("https:///x"), "/tokens/issuers/0/jwksURL: the URL has no valid host"),
        (url("https://h/a b"), "/tokens/issuers/0/jwksURL: the URL must be printable ASCII"),
        (file("none.json"), "/tokens/issuers/0/jwksFile: no key in this file"),
        (file("secret.json"), "/tokens/issuers/0/jwksFile: this file cannot be used: it holds private"),
        (file("twice.json"), "/tokens/issuers/0/jwksFile: this file cannot be used: two of its keys"),
        (file("broken.json"), "/tokens/issuers/0/jwksFile: this file cannot be used: it is not a JWK Set"),
        (file("missing"), "/tokens/issuers/0/jwksFile: this file cannot be read"),
        (
            #""identityKey":{"id":"k","privateKey":{"file":"es256"}}"#,
            #"/tokens/identityKey/id: the id "k" is already used"#
        ),
        (
            #""identityKey":{"id":"x","privateKey":{"file":"eddsa"}}"#,
            "/tokens/identityKey/privateKey: this is not a key for ES256"
        ),
        (#""identityKey":{"id":"x"}"#, "/tokens/identityKey/privateKey: this key is required"),
    ]

    private static func url(_ url: String) -> String {
        #""issuers":[{"issuer":"f","audience":"a","jwksURL":"\#(url)"}]"#
    }

    private static func file(_ name: String) -> String {
        #""issuers":[{"issuer":"f","audience":"a","jwksFile":"\#(name)"}]"#
    }

    @Test("Another mistake beside them is one fault", arguments: otherFaults)
    func otherFault(_ example: Example) {
        let result = Self.load(#""signingKeys":[\#(Self.hmac)],\#(example.tokens)"#)
        #expect(result.faults.count == 1, "\(result.summaries)")
        #expect(result.summaries.first?.hasPrefix(example.summary) == true, "\(result.summaries)")
        #expect(!result.summaries.joined().contains("hunter2"))
    }

    @Test("Renewal, issuers and the identity key are read")
    func values() throws {
        let result = Self.load(
            """
            "renewBefore":"20m","signingKeys":[\(Self.hmac)],
            "identityKey":{"id":"idt","privateKey":{"file":"es256"}},
            "issuers":[{"issuer":"a","jwksURL":"HTTPS://h.example:8443/k?x=1","audience":"us","claims":{"userId":"uid"}},
                       {"issuer":"b","jwksURL":"http://127.0.0.1:9/k","audience":"us"},
                       {"issuer":"c","jwksFile":"good.json","audience":"us"}]
            """,
            services: #"{"orders":{"targets":["http://127.0.0.1:9001"],"identityToken":true}}"#
        )
        #expect(result.summaries == [])
        let configuration = try #require(result.configuration)
        let tokens = configuration.tokens
        #expect(tokens.renewBefore == .seconds(1200))
        #expect(tokens.identityKey?.id == "idt")
        #expect(tokens.issuers.map(\.issuer) == ["a", "b", "c"])
        #expect(tokens.issuers.map(\.jwksURL) == ["HTTPS://h.example:8443/k?x=1", "http://127.0.0.1:9/k", nil])
        #expect(tokens.issuers.map(\.claims.userID) == ["uid", "sub", "sub"])
        #expect(tokens.issuers[2].jwksFile?.path == "good.json")
        #expect(configuration.services["orders"]?.identityToken == true)
    }

    @Test("Identity tokens want a key")
    func identityToken() {
        let services = #"{"orders":{"targets":["http://127.0.0.1:9001"],"identityToken":true}}"#
        let result = Self.load(#""signingKeys":[\#(Self.hmac)]"#, services: services)
        #expect(
            result.summaries == [
                #"/services/orders/identityToken: identity tokens need a key; set "identityKey" in "tokens""#
            ]
        )
    }

    @Test("A public key in the file itself is no warning, a private one is")
    func literals() throws {
        func escaped(_ name: String) -> String {
            String(decoding: TestKeys.pem(name), as: UTF8.self).replacing("\n", with: #"\n"#)
        }
        let result = Fixture.load(
            [
                "listeners": #"[{"address":"0.0.0.0:1"}]"#,
                "tokens":
                    #"{"issuer":"i","signingKeys":[{"id":"a","algorithm":"ES256","privateKey":{"value":"\#(escaped("es256"))"}},{"id":"b","algorithm":"EdDSA","publicKey":{"value":"\#(escaped("eddsa.pub"))"}}]}"#,
            ],
            environment: TestKeys.environment
        )
        #expect(result.summaries == [])
        let pointers = result.warnings.map(\.pointer)
        #expect(pointers.contains("/tokens/signingKeys/0/privateKey/value"))
        #expect(!pointers.contains("/tokens/signingKeys/1/publicKey/value"))
    }
}
