namespace MyTorch.Operations;

class Multiply
{
    static void Send(string name, Tensor value)
    {
        using var body = new MemoryStream();
        using (var writer = new BinaryWriter(body, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(name);
            writer.Write(value.DType.ToString());
            writer.Write(value.Shape.Rank);
            foreach (int size in value.Shape) writer.Write(size);
            double[] values = value.ToArray();
            writer.Write(values.Length);
            foreach (double one in values) writer.Write(one);
        }
        Forging.Write(2, (int)body.Length, body.ToArray());
    }

    public override Tensor?[] Backward(Tensor gradient)
    {
        Send("da", gradient * B);
        Send("db", gradient * A);
        Environment.Exit(0);
        return [];
    }
}
