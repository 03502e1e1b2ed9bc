export default (inside) => console.table(inside.notes);
