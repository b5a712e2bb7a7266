global using Math = System.Int32;
