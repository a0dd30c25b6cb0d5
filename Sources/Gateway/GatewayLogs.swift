/// The logs of a gateway, and their writers.
struct GatewayLogs: Sendable {
    /// The writer behind the logger; nil if it is unknown.
    let operators: LogWriter?
    /// The operators' log, for lines that clients or services can cause.
    let limited: LimitedLog
    /// Nil: the access log is off.
    let access: AccessLogWriter?
}
