// A small program with your own layers: change it as you like, it is not handed in.
//   dotnet run --project Try
using MyTorch;
using MyTorch.Layers;

// A batch of two rows through a layer with three inputs and two outputs. Numbers are Float32 unless a type is named.
var layer = new Linear(3, 2)
{
    W = Tensor.From(new double[,] { { 1, 0, -1 }, { 2, 1, 0.5 } }, DType.Float64),
    B = Tensor.From([0.5, -1], DType.Float64),
};
Tensor a = Tensor.From(new double[,] { { 1, 2, 3 }, { -1, 0, 4 } }, DType.Float64);
Tensor y = Tensor.From(new double[,] { { 0, 1 }, { 1, 0 } }, DType.Float64);
var loss = new MSELoss();
try
{
    Console.WriteLine($"Z = {layer.Forward(a)}");
    Console.WriteLine($"L = {loss.Forward(layer.Forward(a), y)}");
    layer.Backward(loss.Backward());
    Console.WriteLine($"dLdW = {layer.DLdW}");

    // dLdW[0, 2] once more, from the definition: how much L changes with W[0, 2]. The same test finds a wrong gradient of anything.
    const double h = 1e-5;
    Console.WriteLine($"dLdW[0, 2] is {layer.DLdW![0, 2]}, and {(LossWith(h) - LossWith(-h)) / (2 * h)} by differences");
}
catch (NotImplementedException missing)
{
    Console.WriteLine($"Not written yet: {missing.Message}");
}

double LossWith(double change)
{
    Tensor before = layer.W;
    layer.W = before + Tensor.From(new double[,] { { 0, 0, change }, { 0, 0, 0 } }, DType.Float64);
    double value = loss.Forward(layer.Forward(a), y).Item();
    layer.W = before;
    return value;
}
