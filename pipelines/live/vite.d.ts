/** The address of a script that is built by itself. */
declare module '*?worker&url' {
  const url: string
  export default url
}
