import ArgumentParser

/// The command line of the gateway.
struct Menshen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "menshen",
        abstract: "The auth gateway in front of a WeChat Mini Program's services.",
        subcommands: [Run.self, Check.self, Schema.self, Token.self, ImportUsers.self, WeChatStandIn.self, Demo.self]
    )
}
