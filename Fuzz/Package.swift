// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who builds the product sees these flags. HTTPWire is here by a symbolic link:
// its API has package access.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library"]),
]

let package = Package(
    name: "menshen-fuzz",
    dependencies: [.package(url: "https://github.com/apple/swift-nio", from: "2.101.2")],
    targets: [
        .target(
            name: "HTTPWire",
            dependencies: [.product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: settings
        ),
        .target(name: "CFuzzer"),
        .executableTarget(
            name: "FuzzHTTPWire",
            dependencies: ["HTTPWire", "CFuzzer", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]
        ),
    ]
)
