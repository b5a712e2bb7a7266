namespace System;

public static class Math
{
    public static int Max(int a, int b) => a;
}
