// What the browser entry sees besides the browser. For the check alone.
declare function require(name: string): any
declare const module: { exports: any }
