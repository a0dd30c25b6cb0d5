import Configuration

/// The keys in Tests/Keys.
enum TestKeys {
    static func pem(_ name: String) -> [UInt8] {
        (try? repositoryFile("Tests/Keys/\(name).pem")).map { Array($0.utf8) } ?? []
    }

    /// Files by the names of the keys, and a JWK Set.
    static let environment = ConfigurationEnvironment(
        variable: { _ in nil },
        contents: { path in
            if let text = keySets[path] { return .success(Array(text.utf8)) }
            let bytes = pem(path)
            return bytes.isEmpty ? .failure(FileProblem(reason: "No such file or directory")) : .success(bytes)
        }
    )

    /// RFC 8037 appendix A.2, with a name.
    static let ed25519 =
        #"{"kty":"OKP","crv":"Ed25519","kid":"ed","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
    private static let keySets = [
        "good.json": #"{"keys":[\#(ed25519)]}"#,
        "none.json": #"{"keys":[{"kty":"OKP","crv":"X25519","kid":"x","x":"AA"}]}"#,
        "secret.json": #"{"keys":[\#(ed25519),{"kty":"oct","k":"AAAA","kid":"o"}]}"#,
        "twice.json": #"{"keys":[\#(ed25519),\#(ed25519)]}"#,
        "broken.json": #"{"keys":"#,
    ]
}
