// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// What `Scripts/check-hardening` looks for. Swift has stack protectors by itself. FORTIFY needs an optimizer.
let hardenedC: [CSetting] = [
    .unsafeFlags(["-fstack-protector-strong"]),
    .define("_FORTIFY_SOURCE", to: "2", .when(configuration: .release)),
]

/// Full RELRO: after its start nothing can redirect the calls of libraries' functions.
let hardenedLink: [LinkerSetting] = [
    .unsafeFlags(["-Xlinker", "-z", "-Xlinker", "relro", "-Xlinker", "-z", "-Xlinker", "now"])
]

/// A C library of the distribution behind a target of static inline wrappers: Swift never sees a macro or a variadic.
func cShim(_ name: String, links libraries: [String]) -> Target {
    .target(name: name, cSettings: hardenedC, linkerSettings: libraries.map { .linkedLibrary($0) })
}

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioLocks = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")

/// Parts of the data path for `make bench-check` to count instructions of. In this package, since their API has package
/// access; only where it is asked for, so that nobody builds them who uses the product.
let microbenchmarks: [Target] =
    Context.environment["MENSHEN_BENCHMARKS"] == "1"
    ? [
        .executableTarget(
            name: "menshen-micro",
            dependencies: ["Gateway", "HTTPWire", "JSON", nioCore],
            path: "Benchmarks/Micro",
            swiftSettings: settings
        )
    ] : []

let package = Package(
    name: "menshen",
    products: [.executable(name: "menshen", targets: ["menshen"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        cShim("COpenSSL", links: ["ssl", "crypto"]),
        cShim("CCurl", links: ["curl"]),
        cShim("CZlib", links: ["z"]),
        cShim("CHiredis", links: ["hiredis"]),
        cShim("CLoader", links: []),

        module("JSON", []),
        module("Cryptography", ["COpenSSL"]),
        module("Configuration", ["Cryptography", "JSON"]),
        module("WebOrigin", ["Configuration"]),
        module("HTTPWire", [nioCore]),
        module("TLS", ["Cryptography", "COpenSSL", nioCore]),
        module("APICalls", ["CCurl", "COpenSSL", "Cryptography", collections, nioLocks]),
        module("WeChat", ["APICalls", "Cryptography", "JSON"]),
        module("Sessions", ["Cryptography", "CHiredis", collections, nioLocks, nioCore, nioPosix, grdb]),
        module("Login", ["WeChat", "Sessions", "APICalls", "Cryptography", "JSON", nioLocks]),
        module(
            "Gateway",
            [
                "HTTPWire", "TLS", "Login", "WeChat", "APICalls", "Sessions", "WebOrigin", "Configuration",
                "Cryptography", "JSON", "CZlib", nioCore, nioLocks, nioPosix, logging,
            ]
        ),
        module(
            "WeChatStandIn",
            ["WebOrigin", "Configuration", "Cryptography", "JSON", "TLS", nioLocks, nioCore, nioPosix, nioHTTP1]
        ),
        .executableTarget(
            name: "menshen",
            dependencies: [
                "CLoader", "Gateway", "Login", "Sessions", "Configuration", "Cryptography", "WeChatStandIn", arguments,
                lifecycle, unixSignals, logging, nioCore, nioPosix,
            ],
            swiftSettings: settings,
            linkerSettings: hardenedLink
        ),

        .target(name: "RandomJSON", dependencies: ["JSON"], path: "Tests/RandomJSON", swiftSettings: settings),
        .target(
            name: "ScriptedServer",
            dependencies: ["TLS", "Cryptography", nioLocks, nioCore, nioPosix],
            path: "Tests/ScriptedServer",
            swiftSettings: settings
        ),
        .target(
            name: "TestCertificates",
            dependencies: ["COpenSSL", "Cryptography"],
            path: "Tests/TestCertificates",
            swiftSettings: settings
        ),
        tests("JSONTests", ["JSON", "RandomJSON"]),
        tests("APICallsTests", ["APICalls", "Cryptography", "ScriptedServer", "TestCertificates", nioLocks]),
        tests("WeChatTests", ["WeChat", "APICalls", "Cryptography", "JSON", "RandomJSON", "ScriptedServer"]),
        tests(
            "SessionsTests",
            ["Sessions", "Cryptography", "RandomJSON", nioLocks, nioCore, nioPosix, nioEmbedded, grdb, grdbSQLite]
        ),
        tests(
            "LoginTests",
            [
                "Login", "WeChat", "APICalls", "Sessions", "Cryptography", "JSON", "RandomJSON", "ScriptedServer",
                nioLocks,
            ]
        ),
        tests("CryptographyTests", ["Cryptography", "RandomJSON"]),
        tests("ConfigurationTests", ["Configuration", "Cryptography", "JSON", "RandomJSON"]),
        tests(
            "TLSTests",
            [
                "TLS", "TestCertificates", "RandomJSON", "Cryptography", "COpenSSL", nioLocks, nioCore, nioPosix,
                nioEmbedded,
            ]
        ),
        tests("WebOriginTests", ["WebOrigin", "Configuration"]),
        tests("HTTPWireTests", ["HTTPWire", "RandomJSON", nioCore, nioHTTP1, nioEmbedded]),
        tests(
            "WeChatStandInTests",
            [
                "WeChatStandIn", "APICalls", "Cryptography", "JSON", "RandomJSON", "TestCertificates", nioLocks,
                nioCore, nioPosix, nioHTTP1,
            ]
        ),
        tests(
            "GatewayTests",
            [
                "Gateway", "Configuration", "HTTPWire", "TLS", "JSON", "Cryptography", "Login", "Sessions", "WeChat",
                "APICalls", "WeChatStandIn", "ScriptedServer", "TestCertificates", "RandomJSON", "CZlib", nioLocks,
                nioCore, nioPosix, nioEmbedded, logging,
            ]
        ),
    ] + microbenchmarks
)
