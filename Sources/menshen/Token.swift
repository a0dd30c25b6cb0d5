import ArgumentParser
import Configuration
import Gateway
import Sessions

#if canImport(Glibc)
import Glibc
#endif

/// `menshen token`.
struct Token: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Mint or inspect a token with the configured keys.",
        subcommands: [Mint.self, Inspect.self]
    )

    struct Mint: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a new token, for scripts and load tests. The token has no session and cannot be revoked."
        )

        @OptionGroup var file: ConfigurationFile

        @Option(help: "The user id.")
        var subject: String

        @Option(help: "The app id; optional if one app is configured.")
        var app: String?

        @Option(help: "The user's openid; none by default.")
        var openid: String?

        @Flag(help: "State that the profile is known.")
        var profile = false

        @Flag(help: "State that the phone number is known.")
        var phone = false

        @Option(
            help: "The lifetime, such as 90s or 2h; a number alone is seconds. The configured lifetime by default.",
            transform: { try TokenLifetime($0) }
        )
        var lifetime: TokenLifetime?

        func run() throws {
            let configuration = try file.load()
            guard let app = app ?? (configuration.weChat.apps.count == 1 ? configuration.weChat.apps.first?.appID : nil)
            else {
                throw ValidationError("several apps are configured: choose one with --app")
            }
            guard configuration.weChat.apps.contains(where: { $0.appID == app }) else {
                let known = configuration.weChat.apps.map(\.appID).joined(separator: ", ")
                throw ValidationError("--app \(app) is not configured; configured apps: \(known)")
            }
            guard let signer = TokenSigner(rules: try TokenRules(configuration)) else { throw ExitCode(1) }
            var facts: UserFacts = []
            if profile { facts.insert(.profile) }
            if phone { facts.insert(.phone) }
            let claims = TokenClaims(
                subject: subject,
                appID: app,
                openid: openid,
                // Without a session: the token cannot be revoked, and the end of another session does not affect it.
                sessionID: "cli-\(String(UInt64.random(in: 0 ... .max), radix: 36))",
                facts: facts,
                lifetimeSeconds: lifetime?.seconds
            )
            do throws(TokenSigningError) {
                print(try signer.sign(claims, now: Int64(time(nil))))
            } catch .claim(let name) {
                throw ValidationError(
                    "the value of \"\(name)\" must be 1 to 256 visible ASCII characters without spaces"
                )
            } catch .cryptography(let error) {
                throw ValidationError("OpenSSL cannot sign: \(error)")
            }
        }
    }

    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Print a token's header and claims, and the gateway's verdict. Exits with 1 unless the token is valid."
        )

        @OptionGroup var file: ConfigurationFile

        @Argument(help: "The token, with or without 'Bearer '; '-' reads it from standard input.")
        var token: String

        func run() throws {
            let configuration = try file.load()
            let text = token == "-" ? readLine(strippingNewline: true) ?? "" : token
            let inspection = try TokenInspection(
                text,
                rules: try TokenRules(configuration),
                issuerKeys: try IssuerKeys(configuration.tokens.issuers),
                now: Int64(time(nil))
            )
            print(inspection.report)
            if !inspection.isValid { throw ExitCode(1) }
        }
    }
}
