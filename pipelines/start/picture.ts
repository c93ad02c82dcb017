export async function picture(path: string): Promise<void> {}
