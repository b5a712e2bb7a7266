using MyTorch.Distributed;

namespace MyTorch.Tests.Distributed;

/// <summary>The ranks as threads: what each call returns on every rank, and that no rank waits for one that has failed.</summary>
public class InProcessCommunicatorTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(5)]
    public void EveryRankGetsTheSumInTheOrderOfTheRanks(int size)
    {
        // 1e8 + 1 − 1e8 is 0 in Float32 if added in this order, and 1 in the other.
        float[] given = [1e8f, 1, -1e8f, 3, 0.1f];
        float expected = given[..size].Aggregate((sum, next) => sum + next);
        var sums = new float[size][];
        var doubles = new double[size];
        InProcessCommunicator.Run(size, ranks =>
        {
            for (int round = 0; round < 50; round++)
            {
                float[] values = [given[ranks.Rank], ranks.Rank + round];
                ranks.AllReduce(values);
                Assert.That(values[1], Is.EqualTo(size * (size - 1) / 2 + size * round));
                sums[ranks.Rank] = values;
            }
            double[] one = [ranks.Rank + 0.5];
            ranks.AllReduce(one);
            doubles[ranks.Rank] = one[0];
        });

        Assert.That(sums.Select(sum => sum[0]), Is.All.EqualTo(expected));
        Assert.That(doubles, Is.All.EqualTo(size * size / 2.0));
    }

    [Test]
    public void ABroadcastGivesAllTheBytesOfOneRank()
    {
        var got = new byte[3][];
        InProcessCommunicator.Run(3, ranks =>
        {
            byte[] bytes = [(byte)ranks.Rank, 7];
            ranks.Broadcast(bytes, root: 2);
            ranks.Barrier();
            got[ranks.Rank] = bytes;
        });
        Assert.That(got, Is.All.EqualTo(new byte[] { 2, 7 }));
    }

    [Test]
    public void ARankThatFailsEndsTheOthers()
    {
        var others = new Exception?[3];
        var thrown = Assert.Throws<FormatException>(() => InProcessCommunicator.Run(3, ranks =>
        {
            if (ranks.Rank == 1) throw new FormatException("no such number");
            others[ranks.Rank] = Assert.Catch(() => ranks.Barrier());
            throw others[ranks.Rank]!;
        }));
        Assert.That(thrown!.Message, Is.EqualTo("no such number"));
        foreach (int rank in new[] { 0, 2 })
            Assert.That(others[rank]!.Message, Is.EqualTo("Rank 1 failed, so this one ends too: no such number"));
    }

    [Test]
    public void DifferentCallsAreAnErrorInsteadOfAWait()
    {
        Assert.That(() => InProcessCommunicator.Run(2, ranks =>
        {
            if (ranks.Rank == 0) ranks.AllReduce(new float[3]);
            else ranks.AllReduce(new float[4]);
        }), Throws.InvalidOperationException.With.Message.Contains("All ranks must make the same calls"));
        Assert.That(() => InProcessCommunicator.Run(2, ranks =>
        {
            if (ranks.Rank == 0) ranks.Barrier();
        }), Throws.InvalidOperationException.With.Message.EqualTo(
            "Rank 0 calls Barrier, but rank 1 has ended already. All ranks must make the same calls in the same order."));
        Assert.That(() => InProcessCommunicator.Run(0, _ => { }), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
