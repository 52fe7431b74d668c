namespace Qwen2Audio.Inference.Generation;

/// <summary>When a beam search ends before its last step; <c>early_stopping</c> of generation_config.json.</summary>
public enum EarlyStopping
{
    /// <summary>When the best running beam, ended now, would not enter the finished ones (<c>false</c>).</summary>
    WhenUnlikely,

    /// <summary>As soon as as many beams are finished as are followed (<c>true</c>).</summary>
    WhenFull,

    /// <summary>When no running beam could enter the finished ones any more, at whatever length (<c>"never"</c>).</summary>
    Never,
}
