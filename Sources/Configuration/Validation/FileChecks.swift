/// Files that the gateway writes.
struct FileChecks: ConfigurationChecks {
    var context: CheckContext

    mutating func run() {
        if case .file(let path) = configuration.accessLog { checkLog(path) }
        if case .sqlite(let path) = configuration.sessions.store, kind(path) == .folder {
            fault(
                location("sessions", "store"),
                "\(Printable.quoted(path)) is a folder",
                hint: "name a file in it, for example \(Printable.quoted("sqlite:" + path + "/menshen.sqlite"))"
            )
        }
    }

    /// The gateway makes the file, and no folder: one that is made by mistake would hide the log.
    private mutating func checkLog(_ path: String) {
        let location = location("accessLog")
        if kind(path) == .folder {
            fault(
                location,
                "\(Printable.quoted(path)) is a folder",
                hint: "name a file in it, for example \(Printable.quoted(path + "/access.log"))"
            )
            return
        }
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return }
        let folder = slash == path.startIndex ? "/" : String(path[..<slash])
        let isAbsolute = path.utf8.first == UInt8(ascii: "/")
        switch kind(folder) {
        case .missing:
            let start = isAbsolute ? "" : "; relative paths start at the working directory"
            fault(
                location,
                "the folder \(Printable.quoted(folder)) does not exist",
                hint: "create it: mkdir -p \(folder)\(start)"
            )
        case .file:
            fault(location, "\(Printable.quoted(folder)) is not a folder", hint: "choose another path")
        case .folder, .unknown: break
        }
    }

    private func kind(_ path: String) -> FileKind { context.reader.environment.kind(path) }
}
