namespace MyTorch;

class Math
{
    public static double Abs(double x) => x;
}
