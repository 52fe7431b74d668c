namespace Qwen2Audio.Training.Losses;

/// <summary>Pairs of discriminator and generator losses.</summary>
internal enum AdversarialForm
{
    /// <summary>Hinge for the discriminator; linear for the generator: −mean(fake).</summary>
    Hinge,

    /// <summary>Hinge for both; generator: mean(max(0, 1 − fake)).</summary>
    ClippedHinge,

    /// <summary>Least squares.</summary>
    LeastSquares,
}
