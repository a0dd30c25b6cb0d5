"""The gateway beside nginx, HAProxy and Envoy on this machine, each doing the same work. docs/performance.md has the method."""
