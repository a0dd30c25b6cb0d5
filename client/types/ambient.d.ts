// What the sources see of a mini program. For the check alone: what is shipped declares nothing global.
declare const wx: any
declare function getApp(options?: any): any
declare function getCurrentPages(): any[]
declare function setTimeout(action: () => void, ms?: number): number
declare function clearTimeout(id: number): void
declare function require(name: string): any
declare const module: { exports: any }
declare function Component(options: any): void
