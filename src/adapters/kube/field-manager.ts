/** Our name as an owner of fields (Kubernetes documentation, "Server-Side Apply"). */
export const FIELD_MANAGER = 'portcullis';
