import { defineConfig } from '@hey-api/openapi-ts'

// The typed client of the shop's API. `make web-api` writes openapi.json with `souk openapi` and runs this.
export default defineConfig({
  input: './openapi.json',
  output: { path: './src', clean: true },
  plugins: ['@hey-api/typescript', '@hey-api/sdk', '@hey-api/client-fetch'],
})
