import ArgumentParser
import Configuration
import Gateway
import ServiceLifecycle
import WeChatStandIn

/// `menshen demo`.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the stand-in for WeChat, two sample services and the gateway in one process, to try things out."
    )

    @OptionGroup var file: ConfigurationFile

    func run() async throws {
        try await Console.run { try await run($0) }
    }

    private func run(_ console: Console) async throws {
        let configuration = try file.load { console.errors.write($0 + "\n") }
        guard let standIn = NetworkPort(url: configuration.weChat.baseURL) else {
            throw ValidationError(
                "the demo needs wechat.baseURL to be http://127.0.0.1:PORT, the address of its stand-in"
            )
        }
        var services: [any Service] = [StandInService(port: standIn.port)]
        for kind in SampleService.Kind.allCases {
            guard let port = configuration.services[kind.rawValue]?.targets.first?.address.port else {
                throw ValidationError(
                    "the demo needs a service named \"\(kind.rawValue)\" with a port in \(file.config)"
                )
            }
            services.append(SampleServiceRunner(kind: kind, port: port))
        }
        let lifetime = configuration.tokens.lifetime.components.seconds
        services.append(
            GatewayService(configuration: configuration, console: console) { gateway in
                guard let port = gateway.ports.first else { return }
                console.errors.write(
                    Demo.commands(
                        gateway: "http://127.0.0.1:\(port)",
                        standIn: "http://127.0.0.1:\(standIn.port)",
                        lifetime: lifetime
                    ) + "\n"
                )
            }
        )
        try await GatewayProcess.run(services, console)
    }

    /// Lines that work when pasted into a shell.
    static func commands(gateway: String, standIn: String, lifetime: Int64) -> String {
        """

        Menshen is running. Try, in another shell:

        # is it alive, is it ready?
        curl -s \(gateway)/livez; echo; curl -s \(gateway)/readyz; echo

        # what wx.login() gives a Mini Program: a code, used once, good for five minutes
        CODE=$(curl -s -X POST \(standIn)/stand-in/codes -d '{}' | sed 's/.*"code":"\\([^"]*\\)".*/\\1/')

        # log in with it
        curl -s -X POST \(gateway)/auth/login -d "{\\"code\\":\\"$CODE\\"}" | tee /tmp/menshen-login; echo
        TOKEN=$(sed 's/.*"token":"\\([^"]*\\)".*/\\1/' /tmp/menshen-login)

        # call a service: it sees x-user-id and never the token
        curl -s \(gateway)/api/orders/1 -H "authorization: Bearer $TOKEN"; echo

        # a service that fails: 30000 with its own status inside
        curl -si \(gateway)/api/flaky/503 -H "authorization: Bearer $TOKEN"; echo

        # no token: 401, code 20001; a broken one: 20002; the good one after \(lifetime) seconds: 20003
        curl -si \(gateway)/api/orders/1; echo
        curl -si \(gateway)/api/orders/1 -H "authorization: Bearer broken"; echo
        sleep \(lifetime + 1); curl -si \(gateway)/api/orders/1 -H "authorization: Bearer $TOKEN"; echo

        End it with Ctrl-C.

        """
    }
}

/// The port of an `http://127.0.0.1:PORT` URL.
private struct NetworkPort {
    let port: Int

    init?(url: String) {
        guard let colon = url.lastIndex(of: ":"), url.hasPrefix("http://"),
            let port = Int(url[url.index(after: colon)...])
        else { return nil }
        self.port = port
    }
}
