namespace Qwen2Audio.Training.Losses;

/// <summary>Which adversarial losses belong together.</summary>
internal enum AdversarialForm
{
    /// <summary>Hinge; the generator's loss is linear: −mean(fake).</summary>
    Hinge,

    /// <summary>Hinge; the generator's loss too: mean(max(0, 1 − fake)).</summary>
    ClippedHinge,

    /// <summary>Least squares.</summary>
    LeastSquares,
}
