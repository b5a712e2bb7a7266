namespace MyTorch;

public class Tensor<T>
{
    public T? Value;
}
