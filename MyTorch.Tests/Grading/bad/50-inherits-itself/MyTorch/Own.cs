namespace MyTorch;

class A : B;

class B : A;

static class Own
{
    public static int Two => 2;
}
