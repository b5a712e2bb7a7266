using MyTorch;
using MyTorch.Operations;
using MyTorch.Optim;
using MyTorch.Probes;

/// <summary>
/// Part 7: engine, rules, layers, loss and optimizer together. What is returned does not hang on the order of a sum: the first losses, to the
/// usual tolerance, and later ones as "below this bound".
/// </summary>
static class Everything
{
    /// <summary>A network of 64, 16 and 10 units learns 64 pictures.</summary>
    public static void Digits(Probe probe)
    {
        const int Hidden = 16, Batch = 32, Epochs = 40;
        (Tensor pictures, Tensor digits) = Pictures(probe.DType);
        Tensor w1 = probe.DrawLeaf([Hidden, 64], -0.2, 0.2), b1 = probe.DrawLeaf([Hidden], -0.1, 0.1);
        Tensor w2 = probe.DrawLeaf([10, Hidden], -0.4, 0.4), b2 = probe.DrawLeaf([10], -0.1, 0.1);
        // Pixels and weights are multiples of 1/16 and 1/100: a sum of theirs may be 0, and above or below it by rounding. Moved off that grid no
        // unit stands at the kink of its ReLU, and the order of a sum decides nothing.
        b1.CopyFrom(b1 + 0.0003);
        var optimizer = new SGD([w1, b1, w2, b2], learningRate: 0.1, momentum: 0.9);
        var losses = new List<double>();
        for (int epoch = 0; epoch < Epochs; epoch++)
            for (int from = 0; from < 64; from += Batch)
            {
                int to = from + Batch;
                using var autograd = new Autograd();
                Tensor logits = pictures[from..to].Linear(w1, b1).ReLU().Linear(w2, b2);
                Tensor loss = new SoftmaxCrossEntropy(logits, digits[from..to]).Apply().Mean();
                losses.Add(loss.Item());
                if (epoch == 0) probe.Return($"loss of batch {from / Batch + 1}", loss);
                optimizer.ZeroGrad();
                loss.Backward();
                optimizer.Step();
            }

        Tensor final = pictures.Linear(w1, b1).ReLU().Linear(w2, b2);
        TellWhatIsRead(probe, pictures, digits, final, losses);
        Tensor right = final.ArgMax(1).EqualTo(digits).To(probe.DType);
        probe.Return("at least 60 of 64 pictures read right", Cases.Mark(right.Sum().Item() >= 60));
        probe.Return("mean loss below 0.5", Cases.Mark(new SoftmaxCrossEntropy(final, digits).Apply().Mean().Item() < 0.5));
        Checkup.Return(probe, pictures, digits);
    }

    // What the student has made, after all the work: pictures, what the network reads in them, and how it came to.
    static void TellWhatIsRead(Probe probe, Tensor pictures, Tensor digits, Tensor logits, List<double> losses)
    {
        static string Short(double x) => x.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture);
        probe.Tell($"Your engine has learned to read. Loss after each 10 of {losses.Count} steps: {string.Join(" → ", losses.Where((_, i) => i % 10 == 0).Append(losses[^1]).Select(Short))}");
        double[] pixels = pictures.ToArray(), truth = digits.ToArray(), read = logits.ArgMax(1).ToArray();
        int[] shown = [1, 2, 3, 4, 5];
        probe.Tell("");
        for (int row = 0; row < 8; row++)
            probe.Tell(string.Join("   ", shown.Select(picture => string.Concat(Enumerable.Range(0, 8).Select(column => " .:*#"[(int)Math.Min(4, 5 * pixels[64 * picture + 8 * row + column])]).SelectMany(c => new[] { c, c })))));
        probe.Tell(string.Join("   ", shown.Select(picture => $"reads {read[picture]} ({(read[picture] == truth[picture] ? "right" : $"it is {truth[picture]}")})".PadRight(16))));
        probe.Tell("");
        probe.Tell($"{read.Zip(truth).Count(pair => pair.First == pair.Second)} of {truth.Length} digits are read right.");
    }

    /// <summary>
    /// Y = X + W₂·σ(W₁·X), two or three times with the same weights, at sizes that are drawn: every gradient has several ways to come.
    /// </summary>
    public static void SkipConnection(Probe probe)
    {
        (int rows, int features, int hidden, int blocks) = (probe.Next(1, 6), probe.Next(1, 6), probe.Next(1, 7), probe.Next(2, 3));
        double limit = probe.Next() < 0.5 ? 1 : 3;
        Tensor x = probe.DrawLeaf([rows, features], -limit, limit);
        Tensor w1 = probe.DrawLeaf([hidden, features], -1, 1), b1 = probe.DrawLeaf([hidden], -1, 1);
        Tensor w2 = probe.DrawLeaf([features, hidden], -1, 1), b2 = probe.DrawLeaf([features], -1, 1);
        using (var autograd = new Autograd())
        {
            Tensor h = x;
            for (int block = 0; block < blocks; block++) h = h + h.Linear(w1, b1).Sigmoid().Linear(w2, b2);
            Tensor loss = (h * h - h).Mean();
            Cases.Tape(probe, autograd);
            probe.Return("loss", loss);
            loss.Backward();
        }
        Return(probe, ("x", x), ("w1", w1), ("b1", b1), ("w2", w2), ("b2", b2));
    }

    /// <summary>
    /// A network of three layers of drawn sizes on a batch of 32, and a second batch, of a drawn size, whose gradients are added to the
    /// first one's.
    /// </summary>
    public static void Batch32(Probe probe)
    {
        (int inputs, int first, int second, int classes) = (probe.Next(2, 5), probe.Next(3, 7), probe.Next(3, 7), probe.Next(2, 6));
        Tensor w1 = probe.DrawLeaf([first, inputs], -1, 1), b1 = probe.DrawLeaf([first], -1, 1);
        Tensor w2 = probe.DrawLeaf([second, first], -1, 1), b2 = probe.DrawLeaf([second], -1, 1);
        Tensor w3 = probe.DrawLeaf([classes, second], -1, 1), b3 = probe.DrawLeaf([classes], -1, 1);
        for (int batch = 1; batch <= 2; batch++)
        {
            int rows = batch == 1 ? 32 : probe.Next(1, 40);
            Tensor x = probe.Draw([rows, inputs]), labels = probe.DrawLabels(rows, classes);
            using var autograd = new Autograd();
            Tensor logits = x.Linear(w1, b1).Tanh().Linear(w2, b2).ReLU().Linear(w3, b3);
            Tensor loss = new SoftmaxCrossEntropy(logits, labels).Apply().Mean();
            Cases.Tape(probe, autograd);
            probe.Return($"loss {batch}", loss);
            loss.Backward();
        }
        Return(probe, ("w1", w1), ("b1", b1), ("w2", w2), ("b2", b2), ("w3", w3), ("b3", b3));
    }

    static void Return(Probe probe, params (string Name, Tensor Tensor)[] leaves)
    {
        foreach ((string name, Tensor leaf) in leaves) probe.Return($"gradient of {name}", leaf.Grad);
    }

    static (Tensor Pictures, Tensor Digits) Pictures(DType dtype)
    {
        var pixels = new double[s_pictures.Length * 64];
        var digits = new long[s_pictures.Length];
        for (int i = 0; i < s_pictures.Length; i++)
        {
            digits[i] = s_pictures[i][0] - '0';
            for (int p = 0; p < 64; p++) pixels[64 * i + p] = (s_pictures[i][1 + p] - 'a') / 16.0;
        }
        return (Tensor.From(pixels, [digits.Length, 64], dtype), Tensor.Indices(digits));
    }

    /// <summary>
    /// The first rows of data/digits.csv, six or seven of each digit: the digit, then 8 × 8 pixels from a (0) to q (16).
    /// </summary>
    static readonly string[] s_pictures =
    [
        "0aafnjbaaaanpkpfaadpcaliaaemaaiiaafiaajiaaelabmhaacofkmaaaagnkaaa",
        "1aaamnfaaaaalqjaaaadpqgaaahpqqcaaaabqqdaaaabqqgaaaabqqgaaaaalqkaa",
        "2aaaepmaaaadqpoaaaainiqaaaabgplaaabinpbaaajqqfaaaadnqqlfaaaadlqja",
        "3aahpnbaaaingpeaaacbnnaaaaacplbaaaaabmmbaaaaabkiaaaiefojaaahnnjaa",
        "4aaablaaaaaahiaaaaabngccaaahpajiaafqkaqgaaepqnqbaaaadpkaaaaacqeaa",
        "5aamkaaaaaaoqqoaaaanqpkbaaalqqhaaaaaehqhaaaaaeqjaaafemqeaaajqqkaa",
        "6aaamnaaaaafqiaaaaanqdaaaaaonaaaaaapmhcaaaanqnqdaaahqlpiaaabjplda",
        "7aahinqpbaahhelmaaaaainbaaeiippgaaclppeaaaaaqfaaaaajpbaaaaanfaaaa",
        "8aajoibaaaamoomaaaajkapeaaadqmocaaaeqqcaaadqikncaabpbdqiaaalqplba",
        "9aalmaaaaacqqqnaaadqmkoaaabqbmpaaaanqjpcaaaadajlaaaaajpeaaajmndaa",
        "0aabjplaaaalqiogaacqkajjaabqeaiiaaeqeaiiaabqfbldaaammkkaaaabkndaa",
        "1aaaaonbaaaafqqcaaaaoqmaaabkqqmaaadmoqjaaaaafqpaaaaaeqoaaaaabnqba",
        "2aafmbaaaaapohaaaaanbmaaaackaoaaaaacaqbaaaaagpaaaaajqpjicaadlinme",
        "3acjpojdaaenijqiaaaagopdaaaalocaaaaacplaaaaaacpeaabfgnqgaacmmnlaa",
        "4aaaipbaaaabonbbaaakpdplaahqhbqiaajqnoqfaabkpqoaaaaabqkaaaaakpeaa",
        "5afmnqqcaalqpieaaaiolbaaaaiqqoaaaabggqaaaaaafqdaaabfpnaaaaepqcaaa",
        "6aaaipbaaaaamoaaaaadqhaaaaagqcaaaaahqqnfaaapqjjoaaadojcqcaaahpqla",
        "7aabipkaaadnpooaaafkakmaaaadfpkcaaaqqqqmaabimoidaaaaknaaaaaaljaaa",
        "8aakhnjaaaajkmpcaaaelklaaaabqkbaaaamneaaaaambmaaaabkcoaaaaalofaaa",
        "9aagoeaaaaalqkaaaaaioqcaaaabmmlaaaaaaaldaaaaaaflaaabeehqcaahqqnlb",
        "0aadnlhaaaalqqqcaaeqjbocaaeqaaqcaaaqbamiaaapjangaaajojobaaacmneaa",
        "1aaacqqcaaaaeqqcaabemqmaaahqqqmaaaadkqoaaaaaiqmaaaaagqqcaaaacmpea",
        "2aaiqfaaaabnlqaaaaakandaaaadbqbaaaaajmaaaaadpfaaaaaopiidaaahmmmnb",
        "3abimpoeaadliimmaaaaacnhaaaacpmbaaaaanfaaaaaajnaaaahiopaaaaoplcaa",
        "4aaaamcaaaaagobaaaaeqhiaaaanjaqgaagqklqaaaafknqaaaaaagqaaaaaamiaa",
        "5aamiihaaadqqlhaaacobaaaaafofaaaaacpqjaaaaaacqcaaaaeiqeaaaalojaaa",
        "6aabnodaaaaiqncaaacqqdaaaadqmbaaaafqofaaaadqqqqgaaboqqqmaaadmpoha",
        "7aaaioocaaaagkplaaaaaaokaacilmqiaaiqqqqhaaaaalpbaaaajqhaaaaamnbaa",
        "8aakleaaaaakpnnbaaailaoeaaaanpnaaablqqaaaabpdjkaaaaogpkaaaaiohbaa",
        "9aajnhaaaaamqqcaaaamnqgaaaagqqoaaaaaacqdaaaaaajkaaadhmoqcaahmmmla",
        "0aakoldaaaeqngobaaeqcalhaaiqaakfaaiqaaoeaaiqabqbaaeqblpaaaalqmdaa",
        "9aacniaaaaagqqgaaaafpnlaaaaahqpaaaaaaaodaaaaaahlaaaadeeqcaacpnonc",
        "5acnqqqlaafqkfebaagqhdaaaajqqqgaaadielpaaaaabmpaaaaenqgaaacqpiaaa",
        "5agnfiibaaiqqqqgaagqjgeaaagqqpfaaaaefpmaaaaadqjaaabinpdaaaeqpdaaa",
        "6aaafocaaaabnlaaaaafqcaaaaagpfaaaabpqplbaacnobmjaaaeqhnjaaaafqpda",
        "5adpiigaaaeqqqncaadqjcaaaacqqpdaaaahgmjaaaaabokaaaafopcaaabpobaaa",
        "0aagokcaaaappnpdaacqkanjaabqfamfaaaqdangaabpfgnbaaaqlokaaaahqlbaa",
        "9aankbaaaafqohaaaaeqioaaaacoqqgaaaabejnbaaaaaangaaafifjoaaannpqna",
        "8aahhnqeaaanngmhaaakeklbaaaiqkaaaadoqaaaaaiilfaaaaekjiaaaablqgaaa",
        "9abjqnhaaahoekmaaagpjqlaaaajlhoaaaaaaapcaaaaaalgaadnifofaaajonkba",
        "8aalkmeaaaamnjqbaaahnlqaaaabqoeaaaakqnaaaaaohmhaaaeoemnaaablomeaa",
        "4aaajpbaaaaeqmaaaaapocldaaeqjeqkaajqlnqcaaajqqoaaaaaiqgaaaaajqcaa",
        "1aaaamfaaaaacqmaaaabmqlaaacmqqkaaaglfpgaaaaabqjaaaaacqlaaaaadqiaa",
        "7aaajpmaaaaehhoaaaaaaandaaejiknbaaeqpqqgaaaaaodaaaaajmaaaaaalhaaa",
        "7aajqqqfaabokiqiaaaaahqdaadilpqlaaiqqpldaaacqhaaaaaiqbaaaaankaaaa",
        "3aajqngaaaagfqqaaaaaipfaaaaafodaaaaaajpcaaaaaalmaaaeilpmaaalomiaa",
        "1aaabljaaaaahqnaaaaeoqjaaakqlqiaaaaadqgaaaaadqiaaaaafqkaaaaacogaa",
        "0aacpndaaaakplpaaadqgakaaaeqiadiaaiodaeiaadpbadhaaaolgofaaaempgaa",
        "0aabpnbaaaahqoiaaaimjcncaahjbaggaafjaadjaaapcaimaaajpnqgaaaanoiaa",
        "2aaafomcaaahpioeaaagcdnbaaaabneaaaabljaaaaiqnaaaaafoqlcaaaaagmnda",
        "2aaadpkbaaaalkqeaaaambpgaaaadepeaaaagpgaaaepqjaaaaanqpjdaaaaejoha",
        "7aadmqqgaaaklhqlaaaaacokaaflijqdaajqqqqjaabejqgaaaaaloaaaaaeqfaaa",
        "8aaeiqfaaaajqilaaaafkancaaaanepcaaaajqiaaaaipofaaaaqfoeaaaagqmbaa",
        "2aaaboodaaaaklniaaaahaniaaaaahpbaaeimpeaaagqqgaaaaacmmecaaaabnqfa",
        "1aaaamnbaaaaiqpcaaakqqmaaaeqqqnaaaeheqgaaaaabqiaaaaabqiaaaaaammaa",
        "2aaabjlaaaaanqqaaaaamhoaaaaaaohaaaafmmaaaahqqgaaaaejnqleaaaaajnda",
        "6aaaknbaaablmhaaaacqmaaaaaeqlaaaaaeqpieaaaeqqnqgaaahqhnoaaaahppfa",
        "3abkplbaaadiilmaaaaafopbaaaalpcaaaaaepcaaaaaamkaaaadekqbaaanqpkaa",
        "3aakpoeaaaaegnqcaaaadqjaaaaabqgaaaaaakmaaaaaabqeaabjfgqhaaaomplca",
        "3aaoqogaaaahkqqdaaaafqqbaaaacqiaaaaaamnbaaaaaeqhaaafjoqhaaanqqkba",
        "4aaagqeaaaabnpbaaablqfaaaaiqkakgaamqijqmaacpqqqhaaaaeqlaaaaahqdaa",
        "6aaajkaaaaahqhaaaaannbaaaaaphaaaaaeqpmhaaacqmelkaaaiofjoaaaagmoja",
        "4aaajjaaaaadqjaaaadokacaaakqfhpbaaclpqnbaaaahqdaaaaagpaaaaaaeqfaa",
        "1aaaaohaaaaanqjaaaakqqhaaahqiqcaaabfgqgaaaaaeqgaaaaacqgaaaaaamlaa",
    ];
}
